/**
 * The paper's theory (sections 2.3 to 2.5), measured: the error R of the loss' first-order
 * approximation, omega, Proposition 2.1 and equation (7). What each number is, and which of them are
 * bounds, is in `docs/theory.md`.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { createVictim } from "../attacks/mod.ts";
 * import { openEngine } from "../engines/mod.ts";
 * import { tf } from "../tensorflow/mod.ts";
 * import { CROSS_ENTROPY, linearizationError, slopesOf } from "./mod.ts";
 * using engine = await openEngine({ kind: "cpu" });
 * // logits 0 and 4 (x - 1/2) of one pixel x: the loss of class 1 is log(1 + exp(-4 (x - 1/2)))
 * using victim = createVictim({
 *   engine,
 *   batchSize: 2,
 *   classifier: {
 *     name: "brightness",
 *     classes: 2,
 *     image: [1, 1, 1],
 *     weights: { w: { shape: [1, 2], data: new Float32Array([0, 4]) } },
 *     logits: ({ w }, x) => tf.matMul(tf.sub(tf.reshape(x, [-1, 1]), 0.5), w as typeof tf.Tensor.prototype),
 *   },
 * });
 * const image = Float32Array.of(0.5), point = Float32Array.of(0.25);
 * const slopes = slopesOf(victim, CROSS_ENTROPY);
 * const [clean, moved] = await slopes([{ point: image, label: 1 }, { point, label: 1 }]);
 * const error = linearizationError(clean, image, moved, point);
 * assertAlmostEquals(error, Math.log1p(Math.E) - Math.LN2 - 0.5, 1e-6);
 * ```
 *
 * @module
 */
export { type BoundInput, boundRadius, runningMaximum, satisfiesBound } from "./bound.ts";
export { orderOfConvergence, roundingFloor, SMALL_RADII } from "./convergence.ts";
export { type Distribution, distribution } from "./distribution.ts";
export { type Errors, measureErrors, type Rays } from "./errors.ts";
export { type BoundOf, boundsOf, boundSummary, type Grid, omegaOfAll } from "./judge.ts";
export {
  integratedError,
  l1Norm,
  linearGain,
  linearizationError,
  lipschitzQuotient,
} from "./linearization.ts";
export { type MeasuredImages, measureImages } from "./measure.ts";
export { type Found, nearestByFab, nearestByPgd } from "./nearest.ts";
export type { BoundSummary, ImageRecord, Summary, TheoryRecord, Violation } from "./record.ts";
export { theorySchema, type TheorySection, type TheorySetting } from "./setting.ts";
export { CROSS_ENTROPY, MARGIN, marginLoss, type Slope, type Slopes, slopesOf } from "./slopes.ts";
export { summarize } from "./summarize.ts";
