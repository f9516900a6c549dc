import { assertEquals } from "@std/assert";
import { countsOf, summarize } from "./counts.ts";

const output = `running 3 tests from ./a_test.ts
a() works ... ok (1ms)
b() reads the folder (skipped: it is not there) ... ignored (0ms)
c() fails ... FAILED (2ms)

 FAILURES 

c() fails => ./a_test.ts:7:6
./b_test.ts (uncaught error)

FAILED | 12 passed (3 steps) | 1 failed | 1 ignored (33ms)
`;

Deno.test("countsOf() reads deno's summary and the names of skipped tests", () => {
  assertEquals(countsOf(output, false), {
    passed: 12,
    failed: 1,
    skipped: ["b() reads the folder (skipped: it is not there)"],
    failures: ["c() fails => ./a_test.ts:7:6", "./b_test.ts (uncaught error)"],
  });
  assertEquals(countsOf("\nok | 5 passed | 0 failed (1s)\n", true), {
    passed: 5,
    failed: 0,
    skipped: [],
    failures: [],
  });
});

Deno.test("countsOf() counts a run that came to no test as a failure", () => {
  assertEquals(countsOf("", false), {
    passed: 0,
    failed: 1,
    skipped: [],
    failures: [],
  });
  assertEquals(countsOf("ok | 5 passed | 0 failed (1s)", false).failed, 1);
});

Deno.test("summarize() ends with the sum over the steps", () => {
  const lines = summarize([
    { name: "fmt", counts: { passed: 1, failed: 0, skipped: [], failures: [] } },
    { name: "tests", counts: countsOf(output, false) },
  ]).split("\n");
  assertEquals(lines, [
    "ok      fmt: 1 passed, 0 failed",
    "FAILED  tests: 12 passed, 1 failed, 1 skipped",
    "skipped: b() reads the folder (skipped: it is not there)",
    "failed: c() fails => ./a_test.ts:7:6",
    "failed: ./b_test.ts (uncaught error)",
    "13 passed, 1 failed",
  ]);
});
