import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../common/context.ts";
import { permitted } from "../../tests/permitted.ts";
import { findTests, LONGEST, type Tests, unitsOf } from "./units.ts";

const units = (tests: Partial<Tests>) =>
  unitsOf({ permitted: [], plain: [], documents: [], ...tests }, {
    quickly: { QUICK: "yes" },
    permitted: { PERMITTED: "yes" },
  }, "load_test.ts");

Deno.test("unitsOf() runs the longest first, and files of a folder in a process", () => {
  const [longest, second] = Object.keys(LONGEST);
  const files = ["lib/b/x_test.ts", "lib/b/y_test.ts", second, "cli/z_test.ts", longest];
  const [loading, ...run] = units({ permitted: files }).reverse();
  assertEquals(run.map(({ name }) => name), ["cli/z_test.ts", "lib/b", second, longest]);
  const ran = run.flatMap(({ args }) => args.filter((arg) => arg.endsWith(".ts")));
  assertEquals(ran.toSorted(), files.toSorted());
  assert(run.every(({ args, env }) => args.includes("-A") && env?.PERMITTED === "yes"));
  assertEquals([loading.args.includes("-A"), loading.args.at(-1)], [false, "load_test.ts"]);
});

Deno.test("unitsOf() gives no permissions to files that need none, and runs examples apart", () => {
  const [plain, ...more] = units({ plain: ["lib/b/x_test.ts"] });
  assertEquals([plain.args.includes("-A"), plain.env, more], [false, {}, []]);
  const [examples] = units({ documents: ["lib/b/mod.ts"] });
  assertEquals([examples.name, examples.args.includes("--doc")], ["documentation", true]);
  assertEquals(units({}), []);
});

Deno.test("unitsOf() has programs compiled quickly where numbers do not matter, never in contracts", () => {
  const quick = (path: string) => units({ permitted: [path] })[0].env?.QUICK === "yes";
  assertEquals(quick("tests/pipeline_test.ts"), true);
  assertEquals(["tests/golden_test.ts", "lib/tracing/x_test.ts"].map(quick), [false, false]);
  assertEquals(Object.keys(LONGEST).filter((path) => /contract/.test(path) && quick(path)), []);
});

permitted(
  "findTests() finds this file, examples of modules and the files that take longest",
  () => {
    const { permitted, plain, documents } = findTests(ROOT);
    assert(permitted.includes("cli/checks/units_test.ts"));
    assert(plain.includes("cli/checks/counts_test.ts"));
    assert(documents.includes("lib/tensorflow/mod.ts"));
    assertEquals(Object.keys(LONGEST).filter((path) => !permitted.includes(path)), []);
  },
);
