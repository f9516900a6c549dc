import { LIMITS } from "../../limits.ts";
import { boolean, number, object } from "../../schema.ts";
import type { Method } from "../method.ts";

/**
 * FGSM as augmentation: L(x) + L(x + delta), delta = epsilon sign(grad_x L(x)), the paper's loss before
 * equation (7).
 *
 * With the linearisation error R of equation (5) it is 2 L(x) + epsilon ||grad_x L(x)||_1 + R(x, delta)
 * at every step, as long as x + delta is not clipped; the right-hand side of equation (7) is the
 * identity of L(x + delta) alone. Simon-Gabriel et al. train on the mean of the two losses, half of
 * this.
 */
export const method: Method<{
  /** Length of the step, in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Whether x + delta is clipped to [0, 1]; not so in the paper and in the code of its source. */
  readonly clip: boolean;
}> = {
  name: "fgsm-aug",
  title: "FGSM-aug",
  source:
    "Smoothness is All You Need, equation (7); Simon-Gabriel et al., First-order adversarial " +
    "vulnerability of neural networks and input dimension, 2019; penalties.py of " +
    "facebookresearch/AdversarialAndDimensionality",
  training: "single-step",
  parameters: object({ epsilon: number(LIMITS.epsilon), clip: boolean }),
  defaults: { epsilon: 8 / 255, clip: false },
  strength: "epsilon",
  constants: ({ images, inputGradient }) => ({ gradient: inputGradient(images) }),
  perturb({ tf, parameters: { epsilon, clip }, images, constants }) {
    const moved = tf.add(images, tf.mul(tf.sign(constants.gradient), epsilon));
    return clip ? tf.clipByValue(moved, 0, 1) : moved;
  },
  loss({ tf, images, classify, logits, losses, constants }, moved) {
    const mean = (values: ReturnType<typeof losses>) => tf.div(tf.sum(values), images.shape[0]);
    const clean = mean(losses(logits(images))), adversarial = mean(classify(moved).losses);
    return {
      loss: tf.add(clean, adversarial),
      crossEntropy: adversarial,
      inputGradientNorm: mean(tf.abs(constants.gradient)),
    };
  },
};
