import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { meanHalfWidth, sampleVariance } from "./mean.ts";
import { studentQuantile, studentTails } from "./student.ts";

Deno.test("studentQuantile() agrees with SciPy's t.ppf(1 - tails / 2, freedom)", () => {
  for (
    const [tails, freedom, expected] of [
      [0.05, 1, 12.706204736174694],
      [0.05, 2, 4.302652729749462],
      [0.05, 2.7, 3.3921483831737507],
      [1, 3, 0],
    ]
  ) assertAlmostEquals(studentQuantile(tails, freedom), expected, 1e-11);
  // that of a million degrees of freedom, which is the normal distribution's to five decimals
  assertAlmostEquals(studentQuantile(0.05, Infinity), 1.959966356814107, 1e-9);
  assertAlmostEquals(studentQuantile(0.05, Infinity), 1.959963984540054, 3e-6);
});

Deno.test("studentTails() agrees with SciPy's 2 * t.sf(t, freedom)", () => {
  for (
    const [t, freedom, expected] of [
      [3, 4.5, 0.03438086788875962],
      [0.1, 150, 0.9204778530899708],
      [40, 3, 3.4380680789158506e-5],
      [0, 7, 1],
      [Infinity, 7, 0],
    ]
  ) {
    assertAlmostEquals(studentTails(t, freedom), expected, 1e-11);
    assertEquals(studentTails(-t, freedom), studentTails(t, freedom));
  }
});

Deno.test("meanHalfWidth() agrees with SciPy's ttest_1samp(...).confidence_interval()", () => {
  const values = [0.31, 0.35, 0.3];
  assertAlmostEquals(
    meanHalfWidth(values)!,
    (0.38572410607728425 - 0.25427589392271577) / 2,
    1e-12,
  );
  assertEquals(meanHalfWidth([0.3]), null);
  assertAlmostEquals(sampleVariance([1, 2, 4]), 7 / 3, 1e-12);
});

Deno.test("studentTails() and studentQuantile() refuse what is no number of theirs", () => {
  for (const freedom of [0, -1, NaN]) {
    assertThrows(() => studentTails(1, freedom), RangeError, `freedom ${freedom}`);
  }
  for (const tails of [0, 1.1, NaN]) {
    assertThrows(() => studentQuantile(tails, 2), RangeError, `tails ${tails}`);
  }
});
