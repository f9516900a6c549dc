/**
 * Activation functions by name; composed so that gradients of any order are right.
 *
 * @module
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";
import type { Activation } from "./activation_names.ts";

export { type Activation, activations } from "./activation_names.ts";

/** An activation and what it needs. */
export interface ActivationOptions {
  readonly activation: Activation;
  /** Sharpness of Softplus, `log(1 + exp(beta x)) / beta`; PyTorch's default is 1. */
  readonly beta?: number;
}

/** Initial negative slope of PReLU, one for each activation layer, as in PyTorch. */
export const initialSlope = 0.25;

/**
 * Applies an activation.
 *
 * @param slope PReLU's learned slope, a scalar tensor
 */
export function activate(
  x: Tensor,
  { activation, beta = 1 }: ActivationOptions,
  slope?: Tensor,
): Tensor {
  switch (activation) {
    case "relu":
      return tf.relu(x);
    case "prelu": {
      // the slope holds at 0 too, as in PyTorch
      const positive = tf.step(x);
      return tf.mul(x, tf.add(positive, tf.mul(slope!, tf.sub(1, positive))));
    }
    case "gelu": // exact, by the error function
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    case "softplus":
      return beta === 1 ? tf.softplus(x) : tf.div(tf.softplus(tf.mul(x, beta)), beta);
    case "silu":
      return tf.mul(x, tf.sigmoid(x));
  }
}
