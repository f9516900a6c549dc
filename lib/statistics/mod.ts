/**
 * Whether a number is more than noise: intervals of shares and means, exact tests, rank correlation,
 * the bootstrap, and the difference of two rows of models.
 *
 * @example
 * ```ts
 * import { compare, wilsonInterval } from "./mod.ts";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(wilsonInterval(0.25, 64).high, 0.36816, 1e-5);
 *
 * // eight images: the second model is right on all that the first is right on, and on four more
 * const right = (...images: number[]) => Array.from({ length: 8 }, (_, i) => images.includes(i));
 * const sample = (verdict: boolean[]) => ({
 *   correct: [verdict.filter(Boolean).length],
 *   images: 8,
 *   verdicts: [verdict],
 * });
 * const { difference, p } = compare(sample(right(0, 1)), sample(right(0, 1, 2, 3, 4, 5)), true);
 * assertAlmostEquals(difference, 0.5, 1e-12);
 * assertAlmostEquals(p, 0.125, 1e-12);
 * ```
 *
 * @module
 */
export { bootstrapShares } from "./bootstrap.ts";
export { bootstrapContrast, type Contrast, type Needed, neededFor, type Term } from "./contrast.ts";
export { compare, type Difference, type Sample } from "./difference.ts";
export { type Count, fisher, mcNemar } from "./exact.ts";
export { holm } from "./holm.ts";
export { kendallTau } from "./kendall.ts";
export { mean, meanHalfWidth, sampleVariance } from "./mean.ts";
export { type Pair, stratifiedTau, type Tau } from "./stratified_tau.ts";
export { studentQuantile, studentTails } from "./student.ts";
export { type Interval, wilsonInterval } from "./wilson.ts";
