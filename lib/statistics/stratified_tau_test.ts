import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Pair, stratifiedTau } from "./stratified_tau.ts";

Deno.test("stratifiedTau() of one stratum is Kendall's tau-b, infinite numbers tied", () => {
  const pairs: Pair[] = [[1, 0], [2, 0], [2, 1], [3, 1], [Infinity, 0], [Infinity, 1]];
  // by pairs: 5 concordant, 2 discordant; 13 of 15 differ in x, 9 in y
  assertAlmostEquals(stratifiedTau([pairs]).tau, 3 / Math.sqrt(13 * 9), 1e-12);
});

Deno.test("stratifiedTau() counts nothing between strata", () => {
  const up: Pair[] = [[1, 1], [2, 2], [3, 3]];
  const lower = up.map(([x, y]): Pair => [x + 100, y - 100]);
  assertEquals(stratifiedTau([up, lower]).tau, 1);
});

Deno.test("stratifiedTau() has the chance of five numbers in order", () => {
  const { p, deviation } = stratifiedTau([[1, 2, 3, 4, 5].map((x): Pair => [x, x])]);
  assertAlmostEquals(p, 2 / 120, 0.006);
  // 2 (2 n + 5) / (9 n (n - 1))
  assertAlmostEquals(deviation, Math.sqrt(30 / 180), 0.02);
});

Deno.test("stratifiedTau() is no number where nothing differs", () => {
  const { tau, p } = stratifiedTau([[[1, 0], [2, 0], [3, 0]]]);
  assert(Number.isNaN(tau));
  assertEquals(p, 1);
});
