/** @module */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";

/** Row maxima with a zero gradient: the shift they are used for cancels. */
const rowMaximum = (logits: Tensor) =>
  tf.customGrad((x) => ({
    value: tf.max(x as Tensor, -1, true),
    gradFunc: () => tf.zerosLike(x as Tensor),
  }))(logits);

/**
 * Logarithm of the softmax over classes, composed of primitives so that gradients of any order hold.
 *
 * @param logits `[N, classes]`
 */
export function logSoftmax(logits: Tensor2D): Tensor2D {
  const shifted = tf.sub(logits, rowMaximum(logits));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
}
