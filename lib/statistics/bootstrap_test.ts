import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { stream } from "../random/philox.ts";
import { bootstrapShares } from "./bootstrap.ts";
import { sampleVariance } from "./mean.ts";

const firstOf = (correct: number, images: number) =>
  Array.from({ length: images }, (_, i) => i < correct);
const column = (draws: Float64Array[], row: number) => draws.map((draw) => draw[row]);

Deno.test("bootstrapShares() draws the same images for all rows", () => {
  const { integer } = stream(1, "bootstrap");
  const draws = bootstrapShares([[firstOf(30, 100)], [firstOf(30, 100)]], 2000, integer);
  assertEquals(column(draws, 0), column(draws, 1));
  // a share of 0.3 of 100 images
  const expected = 0.3 * 0.7 / 100;
  assert(Math.abs(sampleVariance(column(draws, 0)) / expected - 1) < 0.1);
});

Deno.test("bootstrapShares() gives a mean over seeds the variance that they show", () => {
  const { integer } = stream(2, "bootstrap"), shares = [0, 100, 0];
  const rows = [shares.map((correct) => firstOf(correct, 100))];
  const draws = column(bootstrapShares(rows, 4000, integer), 0);
  const expected = sampleVariance([0, 1, 0]) / 3;
  assert(Math.abs(sampleVariance(draws) / expected - 1) < 0.08, String(sampleVariance(draws)));
  assertAlmostEquals(draws.reduce((a, b) => a + b, 0) / draws.length, 1 / 3, 0.02);
});

Deno.test("bootstrapShares() refuses rows of other numbers of images", () => {
  assertThrows(
    () => bootstrapShares([[firstOf(1, 2)], [firstOf(1, 2), firstOf(1, 3)]], 1, () => 0),
    RangeError,
    "a row's models saw 2, 3 images, expected 2 each",
  );
  assertThrows(() => bootstrapShares([[[]]], 1, () => 0), RangeError, "expected 1 each");
});
