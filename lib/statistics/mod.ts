/**
 * Whether a number is more than noise: intervals of shares and means, exact tests, and the difference
 * of two rows of models.
 *
 * @example
 * ```ts
 * import { compare, wilsonInterval } from "./mod.ts";
 * import { assert, assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(wilsonInterval(0.25, 64).high, 0.3683, 1e-4);
 *
 * // eight images: the second model is right on all that the first is right on, and on four more
 * const right = (...images: number[]) => Array.from({ length: 8 }, (_, i) => images.includes(i));
 * const sample = (verdict: boolean[]) => ({
 *   correct: [verdict.filter(Boolean).length],
 *   images: 8,
 *   verdicts: [verdict],
 * });
 * const { difference, p } = compare(sample(right(0, 1)), sample(right(0, 1, 2, 3, 4, 5)), true);
 * assert(difference === 0.5 && p === 0.125);
 * ```
 *
 * @module
 */
export { compare, type Difference, type Sample } from "./difference.ts";
export { type Count, fisher, mcNemar } from "./exact.ts";
export { holm } from "./holm.ts";
export { mean, meanHalfWidth, sampleVariance } from "./mean.ts";
export { studentQuantile, studentTails } from "./student.ts";
export { type Interval, wilsonInterval } from "./wilson.ts";
