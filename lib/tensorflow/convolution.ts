/** @module */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";

/**
 * Convolution with PyTorch's padding: `(kernel - 1) / 2` on every side, whatever the stride.
 *
 * @param images `[N, H, W, I]`
 * @param filters `[k, k, I, O]`, `k` odd
 * @returns `[N, ceil(H / stride), ceil(W / stride), O]`
 */
export function convolution(images: Tensor4D, filters: Tensor4D, stride: number): Tensor4D {
  const padding = (filters.shape[0] - 1) / 2;
  if (padding === 0) return tf.conv2d(images, filters, stride, "valid");
  if (stride === 1) return tf.conv2d(images, filters, 1, "same");
  if (tf.getBackend() === "tensorflow") { // its gradient kernels take no numeric padding
    const sides: [number, number] = [padding, padding];
    return tf.conv2d(tf.pad(images, [[0, 0], sides, sides, [0, 0]]), filters, stride, "valid");
  }
  return tf.conv2d(images, filters, stride, padding);
}
