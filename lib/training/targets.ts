/** What a step trains towards, made of labels. @module */
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";

/**
 * Spreads a share of every label over all classes, its own among them (Szegedy et al. 2016;
 * `label_smoothing` of `torch.nn.CrossEntropyLoss`).
 *
 * @param labels `[N, classes]`, of sum 1
 */
export function smooth(labels: Tensor2D, share = 0): Tensor2D {
  if (share === 0) return labels;
  return tf.add(tf.mul(labels, 1 - share), share / labels.shape[1]);
}
