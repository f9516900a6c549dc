/**
 * Transfer of adversarial examples between models: the black-box test of Papernot et al. 2017
 * (arXiv:1602.02697), by which they found that models with masked gradients fall for examples that were
 * made on others. A model's own gradients show the attack the best way or they do not: where the
 * examples of another model leave fewer images right than its own, they do not.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createVictim } from "../attacks/mod.ts";
 * import { openEngine } from "../engines/mod.ts";
 * import { tf } from "../tensorflow/mod.ts";
 * import { CROSS_ENTROPY, slopesOf } from "../theory/mod.ts";
 * import { makeExamples } from "./mod.ts";
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
 * const images = [Float32Array.of(0.75), Float32Array.of(0.125)];
 * const slopes = slopesOf(victim, CROSS_ENTROPY);
 * const made = await makeExamples(slopes, { images, labels: [1, 0] }, { epsilon: 0.5, steps: 4 });
 * assertEquals(made.fgsm.map(([pixel]) => pixel), [0.25, 0.625]);
 * assertEquals(made.pgd.map(([pixel]) => pixel), [0.25, 0.625]);
 * ```
 *
 * @module
 */
export { type Examples, makeExamples, type SourceImages } from "./examples.ts";
export { type ExampleKind, KINDS, type Right, type TransferRecord } from "./record.ts";
export { transferSchema, type TransferSection } from "./setting.ts";
