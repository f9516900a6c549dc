/** The operations that TensorFlow.js' gradients call as methods of a tensor. @module */
import type * as TF from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * Gives tensors `reshape`, `slice` and `split`, which the gradients of `GatherV2` and `Prod` call;
 * the core alone does not, and code of this project calls `tf.reshape` and so on.
 */
export function addMethods(tf: typeof TF): void {
  Object.assign(tf.Tensor.prototype, {
    reshape(this: Tensor, shape: number[]) {
      return tf.reshape(this, shape);
    },
    slice(this: Tensor, begin: number | number[], size?: number | number[]) {
      return tf.slice(this, begin, size);
    },
    split(this: Tensor, parts: number | number[], axis?: number) {
      return tf.split(this, parts, axis);
    },
  });
}
