/**
 * Losses that attacks climb. A loss is a function of a block's logits that is handed TensorFlow.js,
 * so that naming one loads nothing.
 *
 * @module
 */
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";

/** What a loss is computed from, with the operations to do it. */
export interface LossInput {
  readonly tf: typeof import("../tensorflow/mod.ts").tf;
  /** Logarithm of the softmax over classes, with gradients of any order. */
  readonly logSoftmax: (logits: Tensor2D) => Tensor2D;
  /** `[N, classes]` */
  readonly logits: Tensor2D;
  /** One-hot, `[N, classes]`. */
  readonly labels: Tensor2D;
  /** One-hot `[N, classes]`; zeros for an image without a target. */
  readonly targets: Tensor2D;
}

/**
 * A loss of each image, `[N]`, that an attack makes larger.
 *
 * Images of other attacks may share a block, and their losses are multiplied by 0: a loss has to be
 * finite, and so its gradient, for any logits.
 */
export type Loss = (input: LossInput) => Tensor;

/** Losses by the names under which requests ask for their gradients. */
export type Losses = Readonly<Record<string, Loss>>;

/** `-log softmax(z)_y` */
export const crossEntropy: Loss = ({ tf, logSoftmax, logits, labels }) =>
  tf.neg(tf.sum(tf.mul(logSoftmax(logits), labels), 1));

/** `z_t - z_y` */
export const difference: Loss = ({ tf, logits, labels, targets }) =>
  tf.sum(tf.mul(logits, tf.sub(targets, labels)), 1);

/** What the checks of a model ask for, and every model therefore answers. */
export const checkedLosses: Losses = { cross_entropy: crossEntropy, difference };
