/** @module */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import { tf } from "../tensorflow/mod.ts";

/**
 * Scales gradients down to a norm of at most `limit`, all variables taken together
 * (`torch.nn.utils.clip_grad_norm_`, whose 1e-6 this has too); without `limit` they stay as they are.
 */
export function clipGradients(gradients: Tensors, limit?: number): Tensors {
  if (limit === undefined) return gradients;
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(tf.addN(squares)) as Tensor;
  const scale = tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, scale)]),
  );
}
