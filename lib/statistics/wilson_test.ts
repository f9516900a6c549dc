import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { wilsonInterval } from "./wilson.ts";

Deno.test("wilsonInterval() agrees with worked numbers", () => {
  // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  for (
    const [count, of, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ]
  ) {
    const found = wilsonInterval(count / of, of);
    assertAlmostEquals(found.low, low, 5e-5);
    assertAlmostEquals(found.high, high, 5e-5);
  }
});

Deno.test("wilsonInterval() stays in [0, 1] and holds the share", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(10_000), (of, some) => {
    const share = Math.min(some, of) / of;
    const { low, high } = wilsonInterval(share, of);
    assert(0 <= low && low <= share + 1e-12 && share - 1e-12 <= high && high <= 1);
    assert(high > low);
  }));
});

Deno.test("wilsonInterval() is mirrored for wrong instead of right", () => {
  const right = wilsonInterval(17 / 64, 64), wrong = wilsonInterval(47 / 64, 64);
  assertAlmostEquals(right.low, 1 - wrong.high, 1e-12);
  assertAlmostEquals(right.high, 1 - wrong.low, 1e-12);
});

Deno.test("wilsonInterval() refuses what is no share of a count", () => {
  for (const [share, count] of [[0.5, 0], [0.5, 1.5], [0.5, -1], [1.1, 5], [-0.1, 5], [NaN, 5]]) {
    assertThrows(() => wilsonInterval(share, count), RangeError, "Cannot compute a confidence");
  }
  assertEquals(wilsonInterval(1, 1).high, 1);
});
