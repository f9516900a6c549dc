import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import type { Method } from "../method.ts";

/**
 * Curvature regularisation: cross-entropy + lambda * ||grad_x L(x + h z) - grad_x L(x)||_2^2, z = sign
 * (grad_x L(x)) / ||sign(grad_x L(x))||_2, with x in pixels in [0, 1], the norm of each image and the
 * mean over the batch. z is a constant of the step.
 *
 * `h` rises with the ramp. As in the authors' code, what the penalty needs is computed with the running
 * statistics of batch norm. That code takes the norm itself, not its square as the paper does, and
 * images that are normalised. The authors start from a network that was trained naturally.
 */
export const method: Method<{
  /** The paper's gamma; 4 in the authors' code. */
  readonly lambda: number;
  /**
   * Length of the difference in L2, in pixels in [0, 1]; 1.5 is 6.9 / 255 in each number of 32x32x3. The
   * authors' code has up to 3, of images divided by deviations of about 0.2.
   */
  readonly h: number;
  /** Epochs over which h rises linearly from 0, five in the authors' code; 0 for the full h at once. */
  readonly ramp_epochs: number;
}> = {
  name: "cure",
  title: "CURE",
  source:
    "Moosavi-Dezfooli et al., Robustness via curvature regularization, and vice versa, 2019; " +
    "CURE.py of F-Salehi/CURE_robustness",
  training: "regularised",
  parameters: object({
    lambda: number({ min: 0, max: 10_000 }),
    h: number({ min: 0, max: 100 }),
    ramp_epochs: number({ ...LIMITS.epochs, min: 0 }),
  }),
  defaults: { lambda: 4, h: 1.5, ramp_epochs: 5 },
  strength: "lambda",
  inputs: ({ ramp_epochs }) => ({ rampEpochs: ramp_epochs }),
  constants({ tf, parameters: { h }, images, inputGradient, ramp }) {
    const gradient = inputGradient(images, { mode: "eval" }), sign = tf.sign(gradient);
    const length = tf.sqrt(tf.maximum(tf.sum(tf.square(sign), [1, 2, 3], true), 1));
    const step = tf.mul(tf.div(sign, length), ramp ? tf.mul(ramp, h) : h);
    return { moved: tf.add(images, step) };
  },
  loss({ tf, parameters: { lambda }, classify, inputGradient, constants }, images) {
    const count = images.shape[0], frozen = { mode: "eval" } as const;
    const here = inputGradient(images, frozen);
    const there = inputGradient(constants.moved as typeof images, frozen);
    const change = tf.sum(tf.square(tf.sub(there, here)));
    const mean = tf.div(tf.sum(classify(images).losses), count);
    return {
      loss: tf.add(mean, tf.mul(change, lambda / count)),
      crossEntropy: mean,
      inputGradientNorm: tf.div(tf.sum(tf.abs(here)), count),
    };
  },
};
