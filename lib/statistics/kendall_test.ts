import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { kendallTau } from "./kendall.ts";

Deno.test("kendallTau() counts pairs in the same order, and ties as tau-b does", () => {
  assertEquals(kendallTau([1, 2, 3, 4], [10, 20, 30, 40]), 1);
  assertEquals(kendallTau([1, 2, 3, 4], [4, 3, 2, 1]), -1);
  // five pairs of six in the same order
  assertAlmostEquals(kendallTau([38.8, 37.6, 44.4, 44.9], [32.2, 30.9, 39.3, 37.1])!, 4 / 6, 1e-12);
  // scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])
  assertAlmostEquals(kendallTau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])!, -0.47140452079103173, 1e-12);
});

Deno.test("kendallTau() knows no order where there is none, and refuses other items", () => {
  assertEquals(kendallTau([1, 1, 1], [1, 2, 3]), null);
  assertEquals(kendallTau([1], [2]), null);
  assertThrows(() => kendallTau([1, 2], [1]), RangeError, "2 and 1 values, expected as many");
});
