/**
 * Robust accuracy as a function of the radius, by attacks that only what still stands has to face.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { attack } from "../attacks/catalogue/apgd_ce.ts";
 * import { createVictim } from "../attacks/mod.ts";
 * import { openEngine } from "../engines/mod.ts";
 * import { tf } from "../tensorflow/mod.ts";
 * import { accuracies, measureCurve } from "./mod.ts";
 * using engine = await openEngine({ kind: "cpu" });
 * // class 1 where the one pixel is brighter than 1/2
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
 * const epsilons = [0, 0.15, 0.35], target = { classes: 2, image: victim.image, seed: 0 };
 * const images = { images: Float32Array.of(0.6, 0.8), labels: [1, 1] };
 * const attacksAt = (epsilon: number) => [attack.create({ iterations: 5 }, { ...target, epsilon })];
 * const falls = await measureCurve(victim, images, { epsilons, attacksAt });
 * assertEquals(accuracies(falls, epsilons), [1, 0.5, 0]);
 * ```
 *
 * @module
 */
export { accuracies, checkGrey, type CurveOptions, measureCurve } from "./measure.ts";
export { type CurveRecord, type Fall, GREY, type GreyCheck } from "./record.ts";
export {
  attacksOf,
  CURVE_ATTACKS,
  type CurveEffort,
  curveSchema,
  type CurveSection,
  RESTARTS,
  TARGETS,
} from "./setting.ts";
