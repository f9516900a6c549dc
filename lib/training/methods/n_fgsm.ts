import type { Tensor4D } from "@tensorflow/tfjs-core";
import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import { crossEntropyLoss } from "../cross_entropy_loss.ts";
import type { Method } from "../method.ts";

/**
 * Noise-augmented FGSM: cross-entropy at one sign step of length epsilon from a point that is uniform in a
 * larger ball.
 *
 * Nothing is clipped to the ball of radius epsilon: images may be `(noise_scale + 1) epsilon` away.
 * Both points are clipped to [0, 1], as in the authors' code.
 */
export const method: Method<{
  /** Length of the step, in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Radius of the noise's ball, in epsilons. */
  readonly noise_scale: number;
}> = {
  name: "n-fgsm",
  title: "N-FGSM",
  source: "de Jorge, Bibi, Volpi, Sanyal, Torr, Rogez, Dokania, Make some noise: reliable and " +
    "efficient single-step adversarial training, 2022; train.py of pdejorge/N-FGSM",
  training: "single-step",
  parameters: object({
    epsilon: number(LIMITS.epsilon),
    noise_scale: number({ min: 0, max: 100 }),
  }),
  defaults: { epsilon: 8 / 255, noise_scale: 2 },
  inputs: () => ({ noise: 1 }),
  perturb({ tf, parameters: { epsilon, noise_scale }, images, inputGradient, noise: [noise] }) {
    const away = tf.mul(noise, noise_scale * epsilon);
    const start = tf.clipByValue(tf.add(images, away), 0, 1) as Tensor4D;
    const step = tf.mul(tf.sign(inputGradient(start)), epsilon);
    return tf.clipByValue(tf.add(start, step), 0, 1);
  },
  loss: (context, images) => crossEntropyLoss(context, images),
};
