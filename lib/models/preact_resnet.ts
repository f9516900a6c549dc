/**
 * PreActResNet18 for 32x32 images (He et al., "Identity Mappings in Deep Residual Networks", 2016;
 * CIFAR form of kuangliu/pytorch-cifar, as in Rodriguez-Munoz et al. 2024, `model/prn.py`).
 *
 * A 3x3 convolution, four stages of two blocks with strides 1, 2, 2, 2, global average pooling and
 * a linear layer. A block is `conv2(act(bn2(conv1(act(bn1(x)))))) + shortcut`; nothing follows the
 * addition. 11,171,146 parameters at width 64, without PReLU's slopes and a final batch norm.
 *
 * @example
 * ```ts
 * import { modelCard } from "./card.ts";
 * import { countParameters } from "./preact_resnet.ts";
 * console.log(countParameters(modelCard({ activation: "gelu" }))); // 11171146
 * ```
 *
 * @module
 */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import { convolution, tf } from "../tensorflow/mod.ts";
import { sizeOf } from "../tracing/graph.ts";
import { activate } from "./activations.ts";
import type { ModelCard } from "./card.ts";

/** Classes of CIFAR-10. */
export const classes = 10;

/** What a variable is, which decides its initial value. */
export type VariableRole = "convolution" | "linear" | "bias" | "scale" | "shift" | "slope";

/** A trained variable. */
export interface Variable {
  /** Layout of this project: `[k, k, I, O]`, `[I, O]` or `[C]`. */
  readonly shape: readonly number[];
  readonly role: VariableRole;
  /** Inputs of one output, for the initial spread. */
  readonly fanIn: number;
}

/** One residual block. */
interface Block {
  readonly name: string;
  readonly input: number;
  readonly output: number;
  readonly stride: number;
  readonly projection: boolean;
}

function blocks(width: number): Block[] {
  const list: Block[] = [];
  let input = width;
  for (let stage = 0; stage < 4; stage++) {
    const output = width * 2 ** stage;
    for (let i = 0; i < 2; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      list.push({
        name: `layer${stage + 1}.${i}`,
        input,
        output,
        stride,
        projection: stride !== 1 || input !== output,
      });
      input = output;
    }
  }
  return list;
}

/** The trained variables in PyTorch's order, by their `state_dict` names. */
export function variables(card: ModelCard): Record<string, Variable> {
  const all: Record<string, Variable> = {};
  const convolve = (name: string, size: number, input: number, output: number) => {
    all[`${name}.weight`] = {
      shape: [size, size, input, output],
      role: "convolution",
      fanIn: size * size * input,
    };
  };
  const normalize = (name: string, channels: number) => {
    all[`${name}.weight`] = { shape: [channels], role: "scale", fanIn: channels };
    all[`${name}.bias`] = { shape: [channels], role: "shift", fanIn: channels };
  };
  const slope = (name: string) => {
    if (card.activation === "prelu") {
      all[`${name}.weight`] = { shape: [1], role: "slope", fanIn: 1 };
    }
  };
  const { width } = card;
  convolve("conv1", 3, 3, width);
  for (const { name, input, output, projection } of blocks(width)) {
    normalize(`${name}.bn1`, input);
    slope(`${name}.act1`);
    convolve(`${name}.conv1`, 3, input, output);
    normalize(`${name}.bn2`, output);
    slope(`${name}.act2`);
    convolve(`${name}.conv2`, 3, output, output);
    if (projection) convolve(`${name}.shortcut.0`, 1, input, output);
  }
  const last = width * 8;
  if (card.final_bn) {
    normalize("bn", last);
    slope("act");
  }
  all["linear.weight"] = { shape: [last, classes], role: "linear", fanIn: last };
  all["linear.bias"] = { shape: [classes], role: "bias", fanIn: last };
  return all;
}

/** Channels of each batch norm layer, by its name. */
export function batchNorms(card: ModelCard): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { name, input, output } of blocks(card.width)) {
    all[`${name}.bn1`] = input;
    all[`${name}.bn2`] = output;
  }
  if (card.final_bn) all.bn = card.width * 8;
  return all;
}

/** Shapes of the running statistics by their `state_dict` names. */
export function statistics(card: ModelCard): Record<string, readonly number[]> {
  return Object.fromEntries(
    Object.entries(batchNorms(card)).flatMap(([name, channels]) => [
      [`${name}.running_mean`, [channels]],
      [`${name}.running_var`, [channels]],
    ]),
  );
}

/** The number of trained parameters. */
export const countParameters = (card: ModelCard) =>
  Object.values(variables(card)).reduce((n, { shape }) => n + sizeOf(shape), 0);

/** What a forward pass yields. */
export interface Forward {
  /** `[N, classes]` */
  readonly logits: Tensor2D;
  /**
   * In `train` mode, by the names of {@linkcode statistics}: mean and unbiased variance of this
   * batch for each batch norm layer. Empty in `eval` mode.
   */
  readonly batchStatistics: Tensors;
}

/**
 * Runs the network.
 *
 * @param tensors Variables, and in `eval` mode running statistics, by their `state_dict` names
 * @param images `[N, 32, 32, 3]`, pixels in [0, 1]
 * @param mode `train` normalises by the batch, `eval` by the running statistics
 * @param apply Applies the card's activation
 */
export function forward(
  card: ModelCard,
  tensors: Tensors,
  images: Tensor4D,
  mode: "train" | "eval",
  apply: typeof activate = activate,
): Forward {
  const batchStatistics: Tensors = {};
  const normalize = (name: string, x: Tensor) => {
    const scale = tensors[`${name}.weight`], shift = tensors[`${name}.bias`];
    let mean = tensors[`${name}.running_mean`], variance = tensors[`${name}.running_var`];
    let centred: Tensor;
    if (mode === "train") {
      mean = tf.mean(x, [0, 1, 2]);
      centred = tf.sub(x, mean);
      variance = tf.mean(tf.square(centred), [0, 1, 2]);
      const count = x.size / x.shape[3]!;
      batchStatistics[`${name}.running_mean`] = mean;
      batchStatistics[`${name}.running_var`] = tf.mul(variance, count / (count - 1));
    } else {
      centred = tf.sub(x, mean);
    }
    const factor = tf.mul(tf.rsqrt(tf.add(variance, card.bn_eps)), scale);
    return tf.add(tf.mul(centred, factor), shift);
  };
  const act = (name: string, x: Tensor) => apply(x, card, tensors[`${name}.weight`]);
  const convolve = (name: string, x: Tensor, stride = 1) =>
    convolution(x as Tensor4D, tensors[`${name}.weight`] as Tensor4D, stride);

  const normalized = tf.div(
    tf.sub(images, tf.tensor1d([...card.mean])),
    tf.tensor1d([...card.std]),
  );
  let x: Tensor = convolve("conv1", normalized);
  for (const { name, stride, projection } of blocks(card.width)) {
    const activated = act(`${name}.act1`, normalize(`${name}.bn1`, x));
    const source = card.shortcut === "activated" ? activated : x;
    const shortcut = projection ? convolve(`${name}.shortcut.0`, source, stride) : x;
    const inner = convolve(`${name}.conv1`, activated, stride);
    x = tf.add(
      convolve(`${name}.conv2`, act(`${name}.act2`, normalize(`${name}.bn2`, inner))),
      shortcut,
    );
  }
  if (card.final_bn) x = act("act", normalize("bn", x));
  const pooled = tf.mean(x, [1, 2]) as Tensor2D;
  const logits = tf.add(
    tf.matMul(pooled, tensors["linear.weight"] as Tensor2D),
    tensors["linear.bias"],
  ) as Tensor2D;
  return { logits, batchStatistics };
}
