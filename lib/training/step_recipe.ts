/** What a step has of its recipe besides method, optimiser and batch norm. @module */
import type { Mixing } from "./mixing.ts";

/** Each is left out where a recipe does not name it. */
export interface StepRecipe {
  /**
   * Which variables weight decay applies to: `all`, or `kernels` of convolutions and linear layers and
   * neither biases nor batch norm's, as timm's `param_groups_weight_decay`; `all` by default.
   */
  readonly weight_decay_on?: "all" | "kernels";
  /** Largest norm of the gradients of all weights together, to which they are scaled down. */
  readonly gradient_clip?: number;
  /** An exponential moving average of the model, which is measured and stored in its place. */
  readonly weight_average?: {
    /** Weight of the average so far, for example 0.9998. */
    readonly decay: number;
  };
  /** Share of every label that is spread over all classes; 0 by default. */
  readonly label_smoothing?: number;
  /** How images and labels of a batch are mixed. */
  readonly mixing?: Mixing;
}
