import { assertEquals, assertThrows } from "@std/assert";
import { readFlags, refuseRest, UsageError } from "./flags.ts";

const names = {
  texts: ["store", "width"],
  flags: ["json"],
  collect: ["set"],
  switches: ["final-bn"],
} as const;

Deno.test("readFlags() reads texts, flags, lists, switches and the rest", () => {
  const read = readFlags(
    ["a", "--store=/s", "--json", "--set", "x=1", "--set", "y=2", "--no-final-bn", "b"],
    names,
  );
  assertEquals(read, {
    texts: { store: "/s" },
    flags: new Set<"json" | "help">(["json"]),
    lists: { set: ["x=1", "y=2"] },
    switches: { "final-bn": false },
    rest: ["a", "b"],
  });
  assertEquals(readFlags([], names), {
    texts: {},
    flags: new Set<"json">(),
    lists: { set: [] },
    switches: {},
    rest: [],
  });
  assertEquals(readFlags(["--final-bn", "x"], names).switches, { "final-bn": true });
  assertEquals(readFlags(["-h"], names).flags, new Set(["help"]));
  assertEquals(readFlags(["--width", "007"], names).texts, { width: "007" });
});

Deno.test("readFlags() refuses what no command would take", () => {
  const cases: [args: string[], text: string][] = [
    [["--stor", "/s"], 'Cannot understand "--stor": no such option; did you mean "--store"?'],
    [["--widht=1"], 'Cannot understand "--widht": no such option; did you mean "--width"?'],
    [["--final"], 'did you mean "--final-bn"?'],
    [["-j"], 'Cannot understand "-j": no such option'],
    [["--store"], "Cannot read --store: expected one value"],
    [["--store", "/a", "--store", "/b"], "Cannot read --store: expected one value"],
    [["--set"], "Cannot read --set: expected a value"],
    [["--final-bn", "--no-final-bn"], "Cannot use --final-bn and --no-final-bn together"],
  ];
  for (const [args, text] of cases) assertThrows(() => readFlags(args, names), UsageError, text);
  // help comes before everything but a misspelt option
  assertEquals(readFlags(["--store", "--help"], names).flags, new Set(["help"]));
});

Deno.test("refuseRest() refuses what is no option", () => {
  refuseRest([]);
  assertThrows(
    () => refuseRest(["plot", "x"], '; run "deno task status"'),
    UsageError,
    'Cannot understand "plot": expected options only; run "deno task status"',
  );
});
