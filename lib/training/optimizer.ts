/**
 * Optimisers: what a step keeps of every variable, and how it moves them.
 *
 * @module
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import { tf } from "../tensorflow/mod.ts";
import { type SgdOptions, sgdUpdate } from "./sgd.ts";

/** Adam as `torch.optim.Adam` and `torch.optim.AdamW` have it (Kingma, Ba 2015; Loshchilov, Hutter 2019). */
export interface AdamOptions {
  /** `adam` adds the weight decay to gradients, `adamw` takes it off the weights. */
  readonly optimizer: "adam" | "adamw";
  /** Weights of the past in the means of gradients and of their squares. */
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the mean of squares. */
  readonly adam_epsilon: number;
  readonly weight_decay: number;
}

/** What a setting says of its optimiser. */
export type OptimizerOptions = ({ readonly optimizer?: "sgd" } & SgdOptions) | AdamOptions;

/** An optimiser with its constants. */
export interface Optimizer {
  /** Names of what it keeps of every variable, of the variable's shape, 0 before the first step. */
  readonly buffers: readonly string[];
  /**
   * Scalars that a step is given.
   *
   * @param step From 0
   */
  readonly numbers: (step: number, learningRate: number) => Readonly<Record<string, number>>;
  /** The variable and its buffers after a step. */
  readonly update: (
    weight: Tensor,
    gradient: Tensor,
    buffers: Tensors,
    numbers: Tensors,
  ) => { readonly weight: Tensor; readonly buffers: Tensors };
}

/** The optimiser of a setting. */
export const createOptimizer = (options: OptimizerOptions): Optimizer =>
  "momentum" in options ? sgd(options) : adam(options);

const sgd = (options: SgdOptions): Optimizer => ({
  buffers: ["momentum"],
  numbers: (_step, learning_rate) => ({ learning_rate }),
  update(weight, gradient, { momentum }, { learning_rate }) {
    const next = sgdUpdate(weight, gradient, momentum, learning_rate, options);
    return { weight: next.weight, buffers: { momentum: next.buffer } };
  },
});

function adam({ optimizer, beta1, beta2, adam_epsilon, weight_decay }: AdamOptions): Optimizer {
  return {
    buffers: ["momentum", "variance"],
    // of the zeros that the means began with, in float64
    numbers: (step, learning_rate) => ({
      learning_rate,
      mean_correction: 1 / (1 - beta1 ** (step + 1)),
      root_correction: 1 / Math.sqrt(1 - beta2 ** (step + 1)),
    }),
    update(weight, gradient, buffers, { learning_rate, mean_correction, root_correction }) {
      const decay = tf.mul(weight, weight_decay);
      const moved = optimizer === "adam" ? tf.add(gradient, decay) : gradient;
      const momentum = tf.add(tf.mul(buffers.momentum, beta1), tf.mul(moved, 1 - beta1));
      const variance = tf.add(
        tf.mul(buffers.variance, beta2),
        tf.mul(tf.mul(moved, moved), 1 - beta2),
      );
      const root = tf.add(tf.mul(tf.sqrt(variance), root_correction), adam_epsilon);
      const direction = tf.div(tf.mul(momentum, mean_correction), root);
      const step = optimizer === "adam" ? direction : tf.add(direction, decay);
      return {
        weight: tf.sub(weight, tf.mul(step, learning_rate)),
        buffers: { momentum, variance },
      };
    },
  };
}
