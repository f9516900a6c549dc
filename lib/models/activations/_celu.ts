import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../tensorflow/mod.ts";

/**
 * `x` from 0 on, else `alpha (exp(x / alpha) - 1)`. At 0 the second derivative is 0, that from above,
 * as in PyTorch.
 */
export function celu(tf: TensorFlow, x: Tensor, alpha: number): Tensor {
  const below = tf.step(tf.neg(x)), negative = tf.mul(x, below);
  const bent = tf.mul(tf.sub(tf.exp(tf.div(negative, alpha)), 1), alpha);
  return tf.add(tf.mul(x, tf.sub(1, below)), bent);
}
