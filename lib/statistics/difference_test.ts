import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { stream } from "../random/philox.ts";
import { compare, type Sample } from "./difference.ts";

/** Verdicts of made-up models; the same pattern was made in Python for the values below. */
function made(seeds: number, images: number, row: number): Sample {
  return sampleOf(
    Array.from(
      { length: seeds },
      (_, s) =>
        Array.from(
          { length: images },
          (_, i) =>
            (i * 7 + s * 3 + row * 5 + Math.floor(i / 13) * (s + row)) % 11 < 4 + 2 * row + s,
        ),
    ),
  );
}

const sampleOf = (verdicts: readonly boolean[][]): Sample => ({
  verdicts,
  images: verdicts[0].length,
  correct: verdicts.map((verdict) => verdict.filter(Boolean).length),
});

const counts = ({ correct, images }: Sample): Sample => ({ correct, images });

function assertDifference(
  found: ReturnType<typeof compare>,
  [difference, low, high, p]: readonly number[],
) {
  assertAlmostEquals(found.difference, difference, 1e-12);
  assertAlmostEquals(found.interval.low, low, 1e-6);
  assertAlmostEquals(found.interval.high, high, 1e-6);
  assertAlmostEquals(found.p, p, 1e-6);
}

Deno.test("compare() of several seeds is the two-way analysis by NumPy and SciPy", () => {
  const paired = compare(made(3, 40, 0), made(2, 40, 1), true);
  assertDifference(paired, [0.12083333333333335, -0.08579607404, 0.3159548042, 0.16564517829]);
  assertEquals([paired.test, paired.paired], ["t", true]);
  const others = compare(made(3, 40, 0), made(2, 60, 1), false);
  assertDifference(others, [0.125, -0.09098706762, 0.33189848595, 0.16574826677]);
  assertEquals(others.paired, false);
});

Deno.test("compare() lets a row of one seed differ over seeds as the other does", () => {
  const { interval, p } = compare(made(1, 40, 0), made(3, 40, 1), true);
  assertAlmostEquals(interval.low, -0.1268081624, 1e-9);
  assertAlmostEquals(interval.high, 0.6347446703, 1e-9);
  assertAlmostEquals(p, 0.1418386109, 1e-9);
});

Deno.test("compare() of one seed each on the same images: McNemar, and Bonett and Price's interval", () => {
  const found = compare(made(1, 40, 0), made(1, 40, 1), true);
  // SciPy: binomtest(13, 33); 13 and 20 images that one model alone classifies correctly
  assertDifference(found, [0.175, -0.10477167565, 0.438105008979, 0.296206368599]);
  assertEquals(found.test, "McNemar");
});

Deno.test("compare() of one seed each on other images: Fisher, and Agresti and Caffo's interval", () => {
  const found = compare({ correct: [17], images: 40 }, { correct: [25], images: 60 }, false);
  // statsmodels: confint_proportions_2indep(25, 60, 17, 40, method="agresti-caffo")
  assertDifference(found, [25 / 60 - 17 / 40, -0.202829530708, 0.184396350984, 1]);
  assertEquals(found.test, "Fisher");
});

Deno.test("compare() of counts alone pairs no images, and is no narrower for it", () => {
  const [one, other] = [made(3, 40, 0), made(3, 40, 1)];
  const exact = compare(one, other, false), rough = compare(counts(one), counts(other), true);
  assertEquals(rough.paired, false);
  assertEquals(rough.difference, exact.difference);
  const width = ({ interval: { low, high } }: typeof exact) => high - low;
  assert(width(rough) >= width(exact));
});

Deno.test("compare() is mirrored when its rows are exchanged", () => {
  const [one, other] = [made(3, 40, 0), made(2, 40, 1)];
  const there = compare(one, other, true), back = compare(other, one, true);
  assertAlmostEquals(there.difference, -back.difference, 1e-12);
  assertAlmostEquals(there.interval.low, -back.interval.high, 1e-12);
  assertAlmostEquals(there.p, back.p, 1e-12);
});

Deno.test("compare() keeps a width where models agree on every image", () => {
  const one = made(1, 40, 0), same = compare(one, one, true);
  assertEquals([same.difference, same.p], [0, 1]);
  assert(same.interval.low < -0.01 && same.interval.high > 0.01);
  const nothing = sampleOf(Array.from({ length: 3 }, () => Array(40).fill(false)));
  const collapsed = compare(nothing, nothing, true);
  assertEquals([collapsed.difference, collapsed.p], [0, 1]);
  assert(collapsed.interval.high > 0.01);
});

Deno.test("compare() errs in about 5 % of rows that differ by chance alone", () => {
  const noise = stream(0, "difference_test"), IMAGES = 60, TRIES = 300;
  let wrong = 0;
  for (let k = 0; k < TRIES; k++) {
    const images = Array.from({ length: IMAGES }, () => noise.normal());
    const row = () =>
      sampleOf(Array.from({ length: 3 }, () => {
        const seed = 0.3 * noise.normal();
        return images.map((easy) => easy + seed + 0.5 * noise.normal() > 0.3);
      }));
    if (compare(row(), row(), true).p < 0.05) wrong++;
  }
  // of 300 with 5 %, more than 27 come once in a thousand; it may err less often
  assert(wrong <= 27, `${wrong} of ${TRIES}`);
  assert(wrong >= 2, `${wrong} of ${TRIES}`);
});

Deno.test("compare() refuses what cannot be compared", () => {
  const one = made(1, 40, 0);
  assertThrows(() => compare(one, made(1, 30, 1), true), RangeError, "40 and 30 images");
  assertThrows(() => compare({ ...one, correct: [] }, one, true), RangeError, "has no seed");
  assertThrows(() => compare(one, { correct: [0], images: 0 }, false), RangeError, "0 images");
});
