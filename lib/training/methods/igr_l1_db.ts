import { LIMITS } from "../../limits.ts";
import { number, object, oneOf } from "../../schema.ts";
import type { Method } from "../method.ts";

/**
 * L1 double backpropagation: cross-entropy + lambda * epsilon * ||grad_x f_y||_1, f_y the network's
 * output for the image's label, with x in pixels in [0, 1], the norm of each image and the mean over
 * the batch.
 *
 * It penalises the gradient of the output where `igr` penalises that of the loss: with probabilities,
 * grad p_y = -p_y grad L, so that images count by how sure the network is of their label. Of the
 * outputs only the label's is taken, since each other one would cost a double backpropagation of its
 * own; epsilon and the default of lambda are `igr`'s, so that the rows differ in the output alone.
 */
export const method: Method<{
  readonly lambda: number;
  /** In pixels in [0, 1], for example 8 / 255. */
  readonly epsilon: number;
  /** What `f` is: probabilities or logits. */
  readonly of: "probability" | "logit";
}> = {
  name: "igr-l1-db",
  title: "L1-DB",
  source: "Seck, Loosli, Canu, L1-norm double backpropagation adversarial defense, 2019",
  training: "regularised",
  parameters: object({
    lambda: number({ min: 0, max: 10_000 }),
    epsilon: number(LIMITS.epsilon),
    of: oneOf("probability", "logit"),
  }),
  defaults: { lambda: 1.5, epsilon: 8 / 255, of: "probability" },
  strength: "lambda",
  loss({ tf, parameters, labels, classify, losses, differentiate }, images) {
    const { lambda, epsilon, of } = parameters, count = images.shape[0];
    const { logits, gradient } = differentiate(images, (x) => {
      const { logits, losses } = classify(x);
      const output = of === "logit" ? tf.sum(tf.mul(logits, labels), 1) : tf.exp(tf.neg(losses)); // cross-entropy is -log p_y
      return { logits, losses: output };
    });
    const mean = tf.div(tf.sum(losses(logits)), count);
    const penalty = tf.mul(tf.sum(tf.abs(gradient)), lambda * epsilon / count);
    return { loss: tf.add(mean, penalty), crossEntropy: mean };
  },
};
