import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../common/context.ts";
import { findTests, LONGEST, unitsOf } from "./units.ts";

const names = (tests: readonly string[]) => unitsOf(tests, []).map(({ name }) => name);

Deno.test("unitsOf() runs each test file once, the longest first, files of a folder in a process", () => {
  const [longest, second] = LONGEST;
  const tests = ["lib/b/x_test.ts", "lib/b/y_test.ts", second, "cli/z_test.ts", longest];
  assertEquals(names(tests), [longest, second, "cli/z_test.ts", "lib/b"]);
  const run = unitsOf(tests, []).flatMap(({ args }) => args.filter((arg) => arg.endsWith(".ts")));
  assertEquals(run.toSorted(), tests.toSorted());
});

Deno.test("unitsOf() leaves out optimisation where numbers do not matter, never in contracts", () => {
  const tests = ["cli/z_test.ts", "stages/a/x_test.ts", "tests/pipeline_test.ts"];
  const contracts = [
    "tests/golden_test.ts",
    "lib/tracing/x_test.ts",
    "tests/engines_pipeline_test.ts",
  ];
  const flags = (path: string) => unitsOf([path], [])[0].env?.XLA_FLAGS;
  assertEquals(tests.map(flags), tests.map(() => "--xla_backend_optimization_level=0"));
  assertEquals(contracts.map(flags), contracts.map(() => undefined));
});

Deno.test("unitsOf() runs examples apart from tests", () => {
  const [unit] = unitsOf([], ["lib/b/mod.ts"]);
  assertEquals([unit.name, unit.args.includes("--doc")], ["documentation", true]);
  assertEquals(unitsOf([], []), []);
});

Deno.test("findTests() finds this file, examples of modules and the files that take longest", () => {
  const { tests, documents } = findTests(ROOT);
  assert(tests.includes("cli/checks/units_test.ts"));
  assert(documents.includes("lib/tensorflow/mod.ts"));
  assertEquals(documents.filter((path) => path.endsWith("_test.ts")), []);
  assertEquals(LONGEST.filter((path) => !tests.includes(path)), []);
});
