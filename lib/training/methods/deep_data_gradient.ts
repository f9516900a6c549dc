import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import type { Method } from "../method.ts";

/**
 * The deep data gradient with the L1 norm, the dual of the L-infinity ball: cross-entropy + lambda *
 * epsilon * ||grad_x L||_1, whose penalty's gradient with respect to the weights is a finite difference:
 * that of (L(x + phi sign(grad_x L)) - L(x)) / phi, the sign constant. No second derivatives.
 *
 * What is minimised here is this difference itself. With phi = epsilon and lambda = 1 it is FGSM
 * without clipping, the case by which its authors unify adversarial training. A small phi changes the
 * loss little: train in float32, `bf16` rounds more than that.
 */
export const method: Method<{
  readonly lambda: number;
  /** In pixels in [0, 1], for example 8 / 255. */
  readonly epsilon: number;
  /** Step of the difference, in pixels in [0, 1]; 1 / 255 is chosen here, well inside the ball. */
  readonly phi: number;
}> = {
  name: "deep-data-gradient",
  title: "DataGrad",
  source: "Ororbia, Kifer, Giles, Unifying adversarial training algorithms with data gradient " +
    "regularization, 2017",
  training: "regularised",
  parameters: object({
    lambda: number({ min: 0, max: 10_000 }),
    epsilon: number(LIMITS.epsilon),
    // in float32 a shorter difference is nothing but rounding
    phi: number({ min: 1e-6, max: 1 }),
  }),
  defaults: { lambda: 1, epsilon: 8 / 255, phi: 1 / 255 },
  strength: "lambda",
  constants({ tf, parameters: { phi }, images, inputGradient }) {
    const gradient = inputGradient(images);
    return { gradient, moved: tf.add(images, tf.mul(tf.sign(gradient), phi)) };
  },
  loss({ tf, parameters, classify, logits, losses, constants }, images) {
    const { lambda, epsilon, phi } = parameters, here = classify(images).losses;
    const mean = (values: typeof here) => tf.div(tf.sum(values), images.shape[0]);
    const there = losses(logits(constants.moved as typeof images));
    const crossEntropy = mean(here), rise = mean(tf.sub(there, here));
    return {
      loss: tf.add(crossEntropy, tf.mul(rise, lambda * epsilon / phi)),
      crossEntropy,
      inputGradientNorm: mean(tf.abs(constants.gradient)),
    };
  },
};
