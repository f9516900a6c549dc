import { object } from "../../schema.ts";
import type { Method } from "../method.ts";

/** Training on the images as they are. */
export const method: Method<Record<never, never>> = {
  name: "natural",
  title: "Natural",
  source: "empirical risk minimisation of the cross-entropy",
  training: "plain",
  parameters: object({}),
  defaults: {},
  loss({ tf, classify }, images) {
    const mean = tf.div(tf.sum(classify(images).losses), images.shape[0]);
    return { loss: mean, crossEntropy: mean };
  },
};
