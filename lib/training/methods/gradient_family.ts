import type { Tensor } from "@tensorflow/tfjs-core";
import { number, object, oneOf } from "../../schema.ts";
import type { TensorFlow } from "../../tensorflow/mod.ts";
import type { Method } from "../method.ts";

/** Norms by the ball to whose norm they are dual, of each image's gradient, `[N]`. */
const dual = {
  "l-infinity": (tf: TensorFlow, gradient: Tensor) => tf.sum(tf.abs(gradient), [1, 2, 3]),
  // with 1e-24, far below what is squared, the root has a derivative at 0, too
  "l2": (tf: TensorFlow, gradient: Tensor) =>
    tf.sqrt(tf.add(tf.sum(tf.square(gradient), [1, 2, 3]), 1e-24)),
  "l1": (tf: TensorFlow, gradient: Tensor) => tf.max(tf.abs(gradient), [1, 2, 3]),
};

/**
 * The gradient regularisation family: cross-entropy + epsilon * ||grad_x L||_q, with x in pixels in [0,
 * 1], the norm of each image and the mean over the batch. The norm is dual to that of a ball of radius
 * epsilon, so that this is the largest linearised loss in the ball.
 *
 * For the L-infinity ball it is the L1 norm and the loss of `igr` with lambda 1; for the L2 ball the L2
 * norm, not squared as in `igr-l2`; for the L1 ball the largest derivative.
 */
export const method: Method<{
  readonly ball: keyof typeof dual;
  /** Radius of the ball in its norm, in pixels in [0, 1]. */
  readonly epsilon: number;
}> = {
  name: "gradient-family",
  title: "Gradient family",
  source:
    "Lyu, Huang, Liang, A unified gradient regularization family for adversarial examples, 2015",
  training: "regularised",
  parameters: object({
    ball: oneOf("l-infinity", "l2", "l1"),
    epsilon: number({ min: 0, max: 10_000 }),
  }),
  defaults: { ball: "l-infinity", epsilon: 8 / 255 },
  strength: "epsilon",
  loss({ tf, parameters: { ball, epsilon }, classify, differentiate }, images) {
    const mean = (values: Tensor) => tf.div(tf.sum(values), images.shape[0]);
    const { losses, gradient } = differentiate(images, classify);
    const crossEntropy = mean(losses);
    return {
      loss: tf.add(crossEntropy, tf.mul(mean(dual[ball](tf, gradient)), epsilon)),
      crossEntropy,
      inputGradientNorm: mean(tf.abs(gradient)),
    };
  },
};
