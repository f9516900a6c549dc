import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "./flags.ts";
import { readDuration, readSize, readWhole, readWord } from "./values.ts";

Deno.test("values of options are read, and refused with what was expected", () => {
  assertEquals(readWord("engine", "cpu", ["pjrt", "cpu"]), "cpu");
  assertEquals(readWhole("jobs", "12", { min: 1 }), 12);
  assertEquals([readDuration("budget", "9m"), readDuration("older-than", "30d")], [540, 2592000]);
  assertEquals([readSize("split", "15M"), readSize("keep", "1000")], [15e6, 1000]);
  const refused: [() => unknown, string][] = [
    [() => readWord("engine", "gpu", ["pjrt", "cpu"]), '"--engine gpu": expected pjrt, cpu'],
    [() => readWhole("jobs", "0", { min: 1 }), '"--jobs 0": expected a whole number, at least 1'],
    [() => readWhole("jobs", "1.5", { min: 1 }), '"--jobs 1.5": expected a whole number'],
    [() => readDuration("budget", "soon"), '"--budget soon": expected a duration such as 90s'],
    [() => readSize("keep", "999"), '"--keep 999": expected a size such as 48M or 1.5G'],
    [() => readSize("keep", "1P"), '"--keep 1P": expected a size'],
  ];
  for (const [read, text] of refused) assertThrows(read, UsageError, `Cannot use ${text}`);
});
