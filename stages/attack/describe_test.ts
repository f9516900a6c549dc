import { assertEquals } from "@std/assert";
import { createDescription } from "./describe.ts";

/** What is told of reports, each so many milliseconds after the one before. */
function heard(reports: readonly (readonly [later: number, changes: Record<string, unknown>])[]) {
  let now = 5_000;
  const describe = createDescription(() => now);
  const state = { overall: 0.1, attack: "apgd-ce", done: 0, total: 100, robust: 6, count: 8 };
  return reports.map(([later, changes]) => {
    now += later;
    return describe({ ...state, estimate: 0.5, ...changes });
  });
}

/** Reports of an attack that advances by one evaluation each. */
const steady = (from: number, count: number, later: number, changes: object = {}) =>
  Array.from({ length: count }, (_, i) => [later, { ...changes, done: from + i }] as const);

Deno.test("createDescription() tells robust accuracy, estimate and each attack's time left", () => {
  // gone on with at 40 of 100: the rate counts from there
  const told = heard(steady(40, 11, 200));
  assertEquals(told[0], "apgd-ce: 6 of 8 robust (75.0 %), 50.0 % expected");
  assertEquals(told[7], told[0], "after seven blocks nothing is said yet");
  assertEquals(told[10], "apgd-ce: 6 of 8 robust (75.0 %), 50.0 % expected, 10 s left");

  const slow = { attack: "square", robust: 4, total: 1000 };
  const both = heard([
    ...steady(40, 11, 200),
    ...steady(0, 11, 1_000, slow),
    ...steady(11, 40, 60_000, slow),
    [1, { ...slow, done: 1000 }],
  ]);
  assertEquals(both[11], "square: 4 of 8 robust (50.0 %), 50.0 % expected");
  assertEquals(both[21], "square: 4 of 8 robust (50.0 %), 50.0 % expected, 17 min left");
  // 46 evaluations in 10 s and 36 min: the four longest pauses are not counted
  assertEquals(both[61], "square: 4 of 8 robust (50.0 %), 50.0 % expected, 13 h left");
  assertEquals(both[62], "square: 4 of 8 robust (50.0 %), 50.0 % expected");
});

Deno.test("createDescription() does not take the time of compiling for that of every block", () => {
  const told = heard([
    [0, {}],
    [5_000, { done: 1 }],
    ...steady(2, 5, 100),
    [3_000, { done: 7 }],
    ...steady(8, 3, 100),
  ]);
  assertEquals(
    told[told.length - 1],
    "apgd-ce: 6 of 8 robust (75.0 %), 50.0 % expected, 9 s left",
  );
});
