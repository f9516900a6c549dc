import { assertEquals, assertThrows } from "@std/assert";
import { compare, type Half } from "./compare.ts";

const half = (images: [boolean, string | null][], logits = images.map(() => [0, 1])): Half => ({
  weights: "w",
  seed: 0,
  batch: 1,
  clean_accuracy: 1,
  robust_accuracy: 0,
  attacks: [],
  logits,
  images: images.map(([robust, broken_by], index) => ({
    index,
    label: 0,
    clean_correct: true,
    robust,
    broken_by,
  })),
});

Deno.test("compare() counts agreement and names who broke what", () => {
  const first = half([[true, null], [false, "square"], [false, "apgd-ce"], [true, null]]);
  const second = half([[true, null], [true, null], [false, "apgd-t"], [false, "fab-t"]], [
    [0, 1],
    [0.5, 1],
    [0, 1],
    [0, 0.75],
  ]);
  assertEquals(compare(first, second), {
    images: 4,
    logitDifference: 0.5,
    cleanDisagreements: 0,
    agreement: 0.5,
    onlyFirstBroke: [{ index: 1, attack: "square" }],
    onlySecondBroke: [{ index: 3, attack: "fab-t" }],
  });
});

Deno.test("compare() does not pass over missing logits", () => {
  const first = half([[true, null], [true, null]], [[0, 1, 2], [0, 1]]);
  assertEquals(compare(first, half([[true, null], [true, null]])).logitDifference, NaN);
});

Deno.test("compare() refuses runs of different weights", () => {
  const first = half([[true, null]]);
  assertThrows(() => compare(first, { ...first, weights: "v" }), RangeError, "weights: w and v");
});

Deno.test("compare() refuses runs of different versions", () => {
  const first = half([[true, null]]);
  assertEquals(compare(first, { ...first, version: "standard" }).agreement, 1);
  assertThrows(
    () => compare(first, { ...first, version: "plus" }),
    RangeError,
    "versions: standard and plus",
  );
});

Deno.test("compare() refuses runs of different images", () => {
  const first = half([[true, null]]), second = half([[true, null], [true, null]]);
  assertThrows(() => compare(first, second), RangeError, "1 and 2 of them");
});
