import { assertAlmostEquals, assertEquals } from "@std/assert";
import { patternOf } from "./pattern.ts";

const PAPER = [38.8, 37.6, 44.4, 44.9], SMOOTH = [false, false, true, true];

Deno.test("patternOf() is at no distance from the paper's numbers, at whatever level", () => {
  const { distance, rms, tau, gap } = patternOf(PAPER.map((value) => value - 20), PAPER, SMOOTH);
  assertAlmostEquals(distance, 0, 1e-12);
  assertAlmostEquals(rms, 20, 1e-12);
  assertEquals(tau, 1);
  assertAlmostEquals(gap!, (44.4 + 44.9 - 38.8 - 37.6) / 2, 1e-12);
});

Deno.test("patternOf() of equal rows is as far as the paper's rows are from each other", () => {
  const { distance, tau, gap } = patternOf([25, 25, 25, 25], PAPER, SMOOTH);
  const centre = 41.425;
  const spread = Math.sqrt(PAPER.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 4);
  assertAlmostEquals(distance, spread, 1e-12);
  assertEquals([tau, gap], [null, 0]);
});

Deno.test("patternOf() has no gap without rows of both kinds", () => {
  assertEquals(patternOf([1, 2], [1, 2], [true, true]).gap, null);
});
