import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import { crossEntropyLoss } from "../cross_entropy_loss.ts";
import type { Method } from "../method.ts";
import { signStep } from "../sign_step.ts";
import type { Differentiated } from "../step_context.ts";

/**
 * Single-step adversarial training with checkpoints: cross-entropy at the smallest k / `checkpoints` of
 * FGSM-RS' perturbation by which an image is misclassified, at the whole of it where none is.
 *
 * As in the authors' code, an image that is misclassified at the random start is trained on as it is,
 * and checkpoints are classified by the running statistics of batch norm.
 */
export const method: Method<{
  /** Radius of the ball, in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Length of the step, in pixels in [0, 1]. */
  readonly step_size: number;
  /** c in the paper; each but the last is one more forward pass. */
  readonly checkpoints: number;
}> = {
  name: "fgsm-ckpt",
  title: "FGSM-CKPT",
  source: "Kim, Lee, Lee, Understanding catastrophic overfitting in single-step adversarial " +
    "training, 2021, algorithm 1",
  training: "single-step",
  parameters: object({
    epsilon: number(LIMITS.epsilon),
    step_size: number({ min: 0, max: 1 }),
    checkpoints: number(LIMITS.trainingAttackSteps),
  }),
  defaults: { epsilon: 8 / 255, step_size: 10 / 255, checkpoints: 3 },
  inputs: () => ({ noise: 1 }),
  perturb({ tf, parameters, images, labels, logits, differentiate, noise: [noise] }) {
    let start!: Differentiated;
    const gradient = (point: Tensor4D) => (start = differentiate(point)).gradient;
    const adversarial = signStep({ tf, images }, parameters, gradient, noise);
    const perturbation = tf.sub(adversarial, images), { checkpoints } = parameters;
    const each = [images.shape[0], 1, 1, 1];
    const part = (share: number) => tf.fill(each, share);
    /** A share where logits misclassify, and the other elsewhere. */
    const where = (z: Tensor2D, share: number, other: Tensor) => {
      const wrong = tf.less(tf.sum(tf.mul(z, labels), 1), tf.max(z, 1));
      return tf.where(tf.reshape(wrong, each), part(share), other);
    };
    // the smallest share comes last and so replaces the others
    let share: Tensor = part(1);
    for (let k = checkpoints - 1; k > 0; k--) {
      const point = tf.add(images, tf.mul(perturbation, k / checkpoints)) as Tensor4D;
      share = where(logits(point, { mode: "eval" }), k / checkpoints, share);
    }
    share = where(start.logits, 0, share);
    return tf.add(images, tf.mul(perturbation, share));
  },
  loss: (context, images) => crossEntropyLoss(context, images),
};
