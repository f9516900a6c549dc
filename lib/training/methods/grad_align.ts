import type { Tensor4D } from "@tensorflow/tfjs-core";
import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import { crossEntropyLoss } from "../cross_entropy_loss.ts";
import type { Method } from "../method.ts";
import { signStep } from "../sign_step.ts";

/**
 * FGSM with gradient alignment: cross-entropy at x + epsilon sign(g), g the gradient at x, and `lambda
 * (1 - cos(g, g'))`, g' the gradient at a point that is uniform in the ball.
 *
 * As in the authors' code, the penalty is differentiated through g' alone, the step starts at the image
 * and is epsilon long, and images of which a gradient is 0 have no penalty. Their lambda grows with
 * epsilon: 0.2 for 8/255, 2 for 16/255 (`0.02 * 10 ** (255 * epsilon / 8)`).
 */
export const method: Method<{
  /** Radius of the ball, in pixels in [0, 1]. */
  readonly epsilon: number;
  readonly lambda: number;
}> = {
  name: "grad-align",
  title: "GradAlign",
  source:
    "Andriushchenko, Flammarion, Understanding and improving fast adversarial training, 2020; " +
    "train.py of tml-epfl/understanding-fast-adv-training",
  training: "single-step",
  parameters: object({
    epsilon: number(LIMITS.epsilon),
    lambda: number({ min: 0, max: 10_000 }),
  }),
  defaults: { epsilon: 8 / 255, lambda: 0.2 },
  strength: "lambda",
  inputs: () => ({ noise: 1 }),
  constants: ({ images, inputGradient }) => ({ gradient: inputGradient(images) }),
  perturb: ({ tf, parameters: { epsilon }, images, constants }) =>
    signStep({ tf, images }, { epsilon, step_size: epsilon }, () => constants.gradient),
  loss(context, images) {
    const { tf, parameters: { epsilon, lambda }, inputGradient, constants, noise } = context;
    const { loss, crossEntropy } = crossEntropyLoss(context, images);
    const near = tf.add(context.images, tf.mul(noise[0], epsilon)) as Tensor4D;
    const one = constants.gradient, other = inputGradient(near), axes = [1, 2, 3];
    const [dot, a, b] = [[one, other], [one, one], [other, other]].map(([g, h]) =>
      tf.sum(tf.mul(g, h), axes)
    );
    // a square root has no derivative at 0
    const there = tf.greater(tf.minimum(a, b), 0), ones = tf.onesLike(dot);
    const [p, q] = [a, b].map((square) => tf.rsqrt(tf.where(there, square, ones)));
    const apart = tf.where(there, tf.sub(1, tf.mul(tf.mul(dot, p), q)), tf.zerosLike(dot));
    const count = tf.maximum(tf.sum(tf.cast(there, "float32")), 1);
    const penalty = tf.mul(tf.div(tf.sum(apart), count), lambda);
    const norm = tf.div(tf.sum(tf.abs(one)), images.shape[0]);
    return { loss: tf.add(loss, penalty), crossEntropy, inputGradientNorm: norm };
  },
};
