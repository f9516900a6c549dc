/** @module */
import type { Tensor } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";

/** Stochastic gradient descent as `torch.optim.SGD` with dampening 0. */
export interface SgdOptions {
  readonly momentum: number;
  readonly nesterov: boolean;
  /** Added to every gradient, times the weight: those of batch norm, biases and slopes too. */
  readonly weight_decay: number;
}

/** One update of one variable. */
export function sgdUpdate(
  weight: Tensor,
  gradient: Tensor,
  buffer: Tensor,
  learningRate: Tensor,
  { momentum, nesterov, weight_decay }: SgdOptions,
): { weight: Tensor; buffer: Tensor } {
  const decayed = weight_decay === 0 ? gradient : tf.add(gradient, tf.mul(weight, weight_decay));
  // a buffer of zeros makes the first step what PyTorch's is, whose buffer starts as the gradient
  const moved = tf.add(tf.mul(buffer, momentum), decayed);
  const direction = nesterov ? tf.add(decayed, tf.mul(moved, momentum)) : moved;
  return { weight: tf.sub(weight, tf.mul(direction, learningRate)), buffer: moved };
}
