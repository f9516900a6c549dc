/** @module */
import type { Tensor } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";

/**
 * A piecewise linear activation whose backward pass is that of a smooth one.
 *
 * An activation with one kink, at 0, is `left x + (right - left) max(x, 0)`. Its smooth form has
 * `log(1 + exp(sharpness x)) / sharpness` in the place of `max(x, 0)`: Parametric Softplus, by which
 * Xie, Tan, Gong, Yuille, Le, Smooth adversarial training, 2020, section 3, replace ReLU in the
 * backward pass alone.
 *
 * @param activation With a kink at 0 and no other, and 0 at 0
 * @returns The activation of `x`; its gradients of all orders are those of the smooth form
 */
export function smoothBackward(
  activation: (x: Tensor) => Tensor,
  x: Tensor,
  sharpness: number,
): Tensor {
  const right = activation(tf.tensor1d([1])), left = tf.neg(activation(tf.tensor1d([-1])));
  const softplus = tf.div(tf.softplus(tf.mul(x, sharpness)), sharpness);
  const smooth = tf.add(tf.mul(left, x), tf.mul(tf.sub(right, left), softplus));
  return tf.customGrad(() => ({
    value: activation(x),
    gradFunc: (dy: Tensor) => dy,
  }))(smooth);
}
