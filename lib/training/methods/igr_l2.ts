import { number, object, oneOf } from "../../schema.ts";
import type { Method } from "../method.ts";
import type { Classified } from "../step_context.ts";

/**
 * Double backpropagation: cross-entropy + lambda / 2 * ||grad_x l||_2^2, with x in pixels in [0, 1], the
 * norm of each image and the mean over the batch.
 *
 * `l` is the cross-entropy itself, or with `of: log-probabilities` minus the mean of all classes'
 * log-probabilities, the cross-entropy of a uniform label ("certainty sensitivity" in the code of Ross
 * and Doshi-Velez).
 */
export const method: Method<{
  /**
   * Drucker and LeCun add the penalty with weight 1. The default is what Ross and Doshi-Velez chose for
   * photographs (SVHN): 10^4 on the gradient of the mean over a batch of 256. For `log-probabilities`
   * they chose 10^3.
   */
  readonly lambda: number;
  /** What the gradient is of. */
  readonly of: "loss" | "log-probabilities";
}> = {
  name: "igr-l2",
  title: "IGR-L2",
  source: "Drucker, LeCun, Improving generalization performance using double backpropagation, " +
    "1992; Ross, Doshi-Velez, Improving the adversarial robustness and interpretability of deep " +
    "neural networks by regularizing their input gradients, 2018; neural_network.py of " +
    "dtak/adversarial-robustness-public",
  training: "regularised",
  parameters: object({
    lambda: number({ min: 0, max: 1_000_000 }),
    of: oneOf("loss", "log-probabilities"),
  }),
  defaults: { lambda: 10_000 / 256, of: "loss" },
  strength: "lambda",
  loss({ tf, parameters: { lambda, of }, labels, classify, losses, differentiate }, images) {
    const [count, classes] = labels.shape;
    // with logits z, cross-entropy is log sum exp z - <label, z>
    const ofUniform = ({ logits, losses }: Classified) =>
      tf.add(losses, tf.sum(tf.mul(logits, tf.sub(labels, 1 / classes)), 1));
    const { logits, gradient } = differentiate(images, (x) => {
      const found = classify(x);
      return of === "loss" ? found : { ...found, losses: ofUniform(found) };
    });
    const mean = tf.div(tf.sum(losses(logits)), count);
    const penalty = tf.mul(tf.sum(tf.square(gradient)), lambda / 2 / count);
    return {
      loss: tf.add(mean, penalty),
      crossEntropy: mean,
      ...of === "loss" && { inputGradientNorm: tf.div(tf.sum(tf.abs(gradient)), count) },
    };
  },
};
