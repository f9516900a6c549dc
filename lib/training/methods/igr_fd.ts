import { number, object, oneOf } from "../../schema.ts";
import type { Method } from "../method.ts";

/**
 * Input gradient regularisation by finite differences: cross-entropy + lambda / 2 * ((L(x + h v) -
 * L(x)) / h)^2, with x in pixels in [0, 1], the mean over the batch and no second derivatives.
 *
 * `v` has length 1 in L2 and is a constant of the step: for the L1 norm, the dual of the L-infinity
 * ball, sign(grad L) / sqrt(d) with d numbers in an image, so that the penalty nears lambda / (2 d) *
 * ||grad L||_1^2; for the L2 norm grad L / ||grad L||_2, and the penalty nears lambda / 2 * ||grad
 * L||_2^2. A step of h changes the loss little: train in float32, `bf16` rounds more than that.
 */
export const method: Method<{
  /**
   * 0.1 in the example of the authors' code for CIFAR-10, with the L2 norm. On CIFAR-10 the L1 norm with
   * 100 is about as strong as `igr` with its defaults.
   */
  readonly lambda: number;
  /** Norm of the gradient, dual to that of the attack. */
  readonly norm: "l1" | "l2";
  /** Length of the difference in L2, in pixels in [0, 1]. */
  readonly h: number;
}> = {
  name: "igr-fd",
  title: "IGR-FD",
  source: "Finlay, Oberman, Scaleable input gradient regularization for adversarial robustness, " +
    "2019; cifar10/train.py and argparser.py of cfinlay/tulip",
  training: "regularised",
  parameters: object({
    lambda: number({ min: 0, max: 1_000_000 }),
    norm: oneOf("l1", "l2"),
    // in float32 a shorter difference is nothing but rounding
    h: number({ min: 1e-6, max: 100 }),
  }),
  defaults: { lambda: 0.1, norm: "l1", h: 0.01 },
  strength: "lambda",
  constants({ tf, parameters: { norm, h }, images, inputGradient }) {
    const gradient = inputGradient(images), [, ...numbers] = images.shape;
    const way = norm === "l1" ? tf.sign(gradient) : gradient;
    const length = norm === "l1"
      ? tf.scalar(Math.sqrt(numbers.reduce((product, n) => product * n)))
      : tf.sqrt(tf.sum(tf.square(gradient), [1, 2, 3], true));
    // an image without a gradient stays where it is
    const divisor = tf.where(tf.greater(length, 0), length, tf.onesLike(length));
    return { gradient, moved: tf.add(images, tf.mul(tf.div(way, divisor), h)) };
  },
  loss({ tf, parameters: { lambda, h }, classify, logits, losses, constants }, images) {
    const count = images.shape[0], here = classify(images).losses;
    const there = losses(logits(constants.moved as typeof images));
    const slope = tf.div(tf.sub(there, here), h);
    const mean = tf.div(tf.sum(here), count);
    return {
      loss: tf.add(mean, tf.mul(tf.sum(tf.square(slope)), lambda / 2 / count)),
      crossEntropy: mean,
      inputGradientNorm: tf.div(tf.sum(tf.abs(constants.gradient)), count),
    };
  },
};
