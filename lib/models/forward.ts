/** A network's forward pass. @module */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import { convolution, tf } from "../tensorflow/mod.ts";
import type { Network } from "./network.ts";
import { smoothBackward } from "./smooth_backward.ts";

/** What a forward pass yields. */
export interface Forward {
  /** `[N, classes]` */
  readonly logits: Tensor2D;
  /**
   * In `train` mode, by the names of `statistics` of the network: mean and unbiased variance of this
   * batch for each batch norm layer. Empty in `eval` mode.
   */
  readonly batchStatistics: Tensors;
}

/** How a network is run. */
export interface ForwardOptions {
  /** `train` normalises by the batch, `eval` by the running statistics. */
  readonly mode: "train" | "eval";
  /** Whether activations need be right as far as bfloat16 tells numbers apart only. */
  readonly rounded?: boolean;
  /** Sharpness of the {@linkcode smoothBackward} of piecewise linear activations; none without it. */
  readonly smoothBackward?: number;
}

/**
 * Runs a network.
 *
 * @param tensors Variables, and in `eval` mode running statistics, by their `state_dict` names
 * @param images `[N, H, W, C]`, pixels in [0, 1]
 */
export function forward(
  network: Network,
  tensors: Tensors,
  images: Tensor4D,
  { mode, rounded = false, smoothBackward: sharpness }: ForwardOptions,
): Forward {
  const { card, architecture, activation, parameters } = network;
  const batchStatistics: Tensors = {};
  const normalize = (name: string, x: Tensor) => {
    const scale = tensors[`${name}.weight`], shift = tensors[`${name}.bias`];
    let mean = tensors[`${name}.running_mean`], variance = tensors[`${name}.running_var`];
    let centred: Tensor;
    if (mode === "train") {
      const channels = x.shape[x.rank - 1]!, axes = x.shape.slice(0, -1).map((_, axis) => axis);
      mean = tf.mean(x, axes);
      centred = tf.sub(x, mean);
      variance = tf.mean(tf.square(centred), axes);
      const count = x.size / channels;
      batchStatistics[`${name}.running_mean`] = mean;
      batchStatistics[`${name}.running_var`] = tf.mul(variance, count / (count - 1));
    } else {
      centred = tf.sub(x, mean);
    }
    const factor = tf.mul(tf.rsqrt(tf.add(variance, card.bn_eps)), scale);
    return tf.add(tf.mul(centred, factor), shift);
  };
  const activate = (name: string, x: Tensor) => {
    const learned = Object.fromEntries(
      Object.keys(activation.learned ?? {}).map((own) => [own, tensors[`${name}.${own}`]]),
    );
    const input = { tf, x, parameters: parameters.activation, learned };
    if (sharpness !== undefined && activation.kind === "piecewise linear") {
      return smoothBackward((x) => activation.apply({ ...input, x }), x, sharpness);
    }
    return rounded && activation.rounded ? activation.rounded(input) : activation.apply(input);
  };
  const normalized = tf.div(
    tf.sub(images, tf.tensor1d([...card.mean])),
    tf.tensor1d([...card.std]),
  ) as Tensor4D;
  const logits = architecture.forward({
    tf,
    convolution,
    parameters: parameters.architecture,
    tensors,
    images: normalized,
    activate,
    normalize,
  });
  return { logits, batchStatistics };
}
