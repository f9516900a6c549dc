/** @module */
import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Loss } from "./method.ts";
import type { PassOptions, StepContext } from "./step_context.ts";

/** Mean cross-entropy of the images that a method trains on: its whole loss where it has no penalty. */
export function crossEntropyLoss(
  { tf, classify }: Pick<StepContext<unknown>, "tf" | "classify">,
  images: Tensor4D,
  options?: PassOptions,
): Loss {
  const mean = tf.div(tf.sum(classify(images, options).losses), images.shape[0]);
  return { loss: mean, crossEntropy: mean };
}
