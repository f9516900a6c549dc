import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import type { Method } from "../method.ts";

/**
 * Free adversarial training: every batch is trained on several times in a row, and the gradient pass that
 * trains the weights moves the perturbation, too.
 *
 * The perturbation goes on from batch to batch, as in the code of Wong et al. who compare it; it is 0
 * before the first. An epoch is `repeats` passes over the images, so a recipe of E epochs
 * compares with E / `repeats` here. Images are clipped to [0, 1], which the code leaves out for the
 * first pass over a batch.
 */
export const method: Method<{
  /** Radius of the ball and length of a step, in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Steps in a row on the same batch, m in the paper. */
  readonly repeats: number;
}> = {
  name: "free",
  title: "Free",
  source:
    "Shafahi et al., Adversarial training for free!, 2019, algorithm 1; as compared by Wong, " +
    "Rice, Kolter, Fast is better than free, 2020, algorithm 2",
  training: "single-step",
  parameters: object({
    epsilon: number(LIMITS.epsilon),
    repeats: number({ min: 1, max: 100, integer: true }),
  }),
  defaults: { epsilon: 8 / 255, repeats: 8 },
  inputs: ({ repeats }) => ({ repeats }),
  state: (_parameters, images) => ({ perturbation: images }),
  perturb: ({ tf, images, state }) => tf.clipByValue(tf.add(images, state.perturbation), 0, 1),
  loss({ tf, parameters: { epsilon }, images: clean, classify, differentiate, state }, images) {
    const { losses, gradient } = differentiate(images, classify);
    const moved = tf.add(state.perturbation, tf.mul(tf.sign(gradient), epsilon));
    const inBall = tf.clipByValue(moved, -epsilon, epsilon);
    const perturbation = tf.sub(tf.clipByValue(tf.add(clean, inBall), 0, 1), clean);
    const mean = tf.div(tf.sum(losses), images.shape[0]);
    return { loss: mean, crossEntropy: mean, state: { perturbation } };
  },
};
