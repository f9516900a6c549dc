import { assertEquals, assertThrows } from "@std/assert";
import { readRunnerOptions } from "./run_options.ts";
import { UsageError } from "../common/flags.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("readRunnerOptions() has defaults beside the bundle, and reads what is given", () => {
  const { folder, state, results, ...rest } = readRunnerOptions(["/b", "--state", "/s"])!;
  assertEquals([folder, state, results], ["/b", "/s", "/b/results"]);
  assertEquals(rest, {
    ...{ budget: undefined, jobs: 1, engine: "pjrt", plugin: undefined },
    ...{ gpuMemory: undefined, deterministic: false },
    ...{
      split: 15e6,
      files: 8,
      only: undefined,
      data: undefined,
      total: undefined,
      checkpoints: undefined,
      resume: undefined,
      json: false,
    },
  });
  const given = readRunnerOptions(["/b", "--budget=9m", "--only", "a,b", "--engine", "pjrt:cuda"])!;
  assertEquals([given.budget, given.only, given.engine], [540, ["a", "b"], "pjrt:cuda"]);
  assertEquals(readRunnerOptions(["/b", "--help"]), undefined);
});

permitted("readRunnerOptions() refuses what it cannot understand", () => {
  const cases: [string[], string][] = [
    [[], "Cannot run nothing"],
    [["/b", "/c"], 'Cannot understand "/c"'],
    [["/b", "--buget", "9m"], 'no such option; did you mean "--budget"?'],
    [["/b", "--budget", "soon"], 'Cannot use "--budget soon"'],
    [["/b", "--jobs", "0"], "expected a whole number, at least 1"],
    [["/b", "--files", "0"], "expected a whole number, at least 1"],
    [["/b", "--engine", "tensorflow"], "expected pjrt, pjrt:cuda, pjrt:cpu, cpu"],
    [["/b", "--split", ""], "Cannot read --split: expected one value"],
    [["/b", "--split", "1M", "--split", "2M"], "Cannot read --split: expected one value"],
  ];
  for (const [args, text] of cases) assertThrows(() => readRunnerOptions(args), UsageError, text);
});
