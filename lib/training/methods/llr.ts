import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import type { Method } from "../method.ts";

/** Of the Adam that looks for delta, as in the authors' code; pixels in [0, 1]. */
const ADAM = { rate: 0.1, first: 0.9, second: 0.999, epsilon: 1e-9 };

/**
 * Local linearity regularisation: cross-entropy L, and `lambda |L(x + delta) - L(x) - <delta, grad L(x)>| +
 * mu |<delta, grad L(x)>|`, delta in the ball where the first of these is largest.
 *
 * Delta is looked for from a random start by `steps` of Adam, each projected to the ball and to x +
 * delta in [0, 1], and is a constant of the step. Defaults are those of the authors' code, whose weights
 * are 2 for the cross-entropy, 4 and 4 * 0.3, divided by 2. What differs: each pass normalises by its
 * own batch, not by the statistics of the clean one, and epsilon is whole from the first step on.
 */
export const method: Method<{
  /** Radius of the ball, in pixels in [0, 1]. */
  readonly epsilon: number;
  readonly lambda: number;
  readonly mu: number;
  /** Steps by which delta is looked for; each is a gradient pass. */
  readonly steps: number;
}> = {
  name: "llr",
  title: "LLR",
  source:
    "Qin et al., Adversarial robustness through local linearization, 2019; regularizers.py and " +
    "config.py of deepmind/local_linearity_regularizer",
  training: "regularised",
  parameters: object({
    epsilon: number(LIMITS.epsilon),
    lambda: number({ min: 0, max: 10_000 }),
    mu: number({ min: 0, max: 10_000 }),
    steps: number(LIMITS.trainingAttackSteps),
  }),
  defaults: { epsilon: 8 / 255, lambda: 2, mu: 0.6, steps: 10 },
  strength: "lambda",
  inputs: () => ({ noise: 1 }),
  constants({ tf, parameters, images, logits, losses, differentiate, noise: [noise] }) {
    const { epsilon, steps } = parameters, { rate, first, second } = ADAM;
    const at = differentiate(images);
    const project = (delta: Tensor) => {
      const point = tf.add(images, tf.clipByValue(delta, -epsilon, epsilon));
      return tf.sub(tf.clipByValue(point, 0, 1), images);
    };
    const error = (delta: Tensor) => {
      const linear = tf.add(at.losses, tf.sum(tf.mul(delta, at.gradient), [1, 2, 3]));
      return tf.sum(tf.abs(tf.sub(losses(logits(tf.add(images, delta) as Tensor4D)), linear)));
    };
    let delta = project(tf.mul(noise, epsilon));
    let mean: Tensor = tf.zerosLike(delta), square = mean;
    for (let step = 1; step <= steps; step++) {
      const gradient = tf.grad((delta) => error(delta))(delta);
      mean = tf.add(tf.mul(mean, first), tf.mul(gradient, 1 - first));
      square = tf.add(tf.mul(square, second), tf.mul(tf.square(gradient), 1 - second));
      const spread = tf.sqrt(tf.div(square, 1 - second ** step));
      const direction = tf.div(tf.div(mean, 1 - first ** step), tf.add(spread, ADAM.epsilon));
      delta = project(tf.add(delta, tf.mul(direction, rate)));
    }
    return { delta };
  },
  loss(context, images) {
    const { tf, parameters: { lambda, mu }, classify, differentiate, logits, losses } = context;
    const { delta } = context.constants;
    const mean = (each: Tensor) => tf.div(tf.sum(each), images.shape[0]);
    const at = differentiate(images, classify);
    const slope = tf.sum(tf.mul(delta, at.gradient), [1, 2, 3]);
    const moved = losses(logits(tf.add(images, delta) as Tensor4D));
    const error = tf.abs(tf.sub(moved, tf.add(at.losses, slope)));
    const penalty = tf.add(tf.mul(error, lambda), tf.mul(tf.abs(slope), mu));
    const crossEntropy = mean(at.losses);
    return {
      loss: tf.add(crossEntropy, mean(penalty)),
      crossEntropy,
      inputGradientNorm: mean(tf.abs(at.gradient)),
    };
  },
};
