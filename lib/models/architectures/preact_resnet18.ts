import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { boolean, number, object, oneOf } from "../../schema.ts";
import { type Architecture, learnedVariables, type Variable } from "../architecture.ts";

/** What of it may differ; its type is no interface, so that it is a record of values. */
type Parameters = {
  /** Channels of the first stage; 64 is the standard network. */
  readonly width: number;
  /** Whether batch norm and activation come before the pooling. */
  readonly final_bn: boolean;
  /** What a projection shortcut reads: the activated input of the block (kuangliu) or the raw one. */
  readonly shortcut: "activated" | "raw";
};

/**
 * PreActResNet18 in the form for small images (He et al., "Identity Mappings in Deep Residual
 * Networks", 2016; kuangliu/pytorch-cifar, as in Rodriguez-Munoz et al. 2024, `model/prn.py`).
 *
 * A 3x3 convolution, four stages of two blocks with strides 1, 2, 2, 2, global average pooling and
 * a linear layer. A block is `conv2(act(bn2(conv1(act(bn1(x)))))) + shortcut`; nothing follows the
 * addition. 11,171,146 parameters at width 64 for 10 classes, without a final batch norm.
 */
export const architecture: Architecture<Parameters> = {
  name: "preact-resnet18",
  title: "PreActResNet18",
  source: "He et al. 2016, arXiv:1603.05027; kuangliu/pytorch-cifar, models/preact_resnet.py",
  parameters: object({
    width: number({ min: 1, max: 1024, integer: true }),
    final_bn: boolean,
    shortcut: oneOf("activated", "raw"),
  }),
  defaults: { width: 64, final_bn: false, shortcut: "activated" },
  meanings: {
    width: "channels of the first stage",
    final_bn: "batch norm before the pooling",
    shortcut: "what the 1x1 shortcut convolutions read",
  },
  variables({ parameters: { width, final_bn }, classes, image: [, , channels], learned }) {
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
    const activate = (name: string) => Object.assign(all, learnedVariables(name, { learned }));
    convolve("conv1", 3, channels, width);
    for (const { name, input, output, projection } of blocks(width)) {
      normalize(`${name}.bn1`, input);
      activate(`${name}.act1`);
      convolve(`${name}.conv1`, 3, input, output);
      normalize(`${name}.bn2`, output);
      activate(`${name}.act2`);
      convolve(`${name}.conv2`, 3, output, output);
      if (projection) convolve(`${name}.shortcut.0`, 1, input, output);
    }
    const last = width * 8;
    if (final_bn) {
      normalize("bn", last);
      activate("act");
    }
    all["linear.weight"] = { shape: [last, classes], role: "linear", fanIn: last };
    all["linear.bias"] = { shape: [classes], role: "bias", fanIn: last };
    return all;
  },
  batchNorms({ width, final_bn }) {
    const all: Record<string, number> = {};
    for (const { name, input, output } of blocks(width)) {
      all[`${name}.bn1`] = input;
      all[`${name}.bn2`] = output;
    }
    if (final_bn) all.bn = width * 8;
    return all;
  },
  forward({ tf, convolution, parameters, tensors, images, activate, normalize }) {
    const convolve = (name: string, x: Tensor, stride = 1) =>
      convolution(x as Tensor4D, tensors[`${name}.weight`] as Tensor4D, stride);
    let x: Tensor = convolve("conv1", images);
    for (const { name, stride, projection } of blocks(parameters.width)) {
      const activated = activate(`${name}.act1`, normalize(`${name}.bn1`, x));
      const source = parameters.shortcut === "activated" ? activated : x;
      const shortcut = projection ? convolve(`${name}.shortcut.0`, source, stride) : x;
      const inner = convolve(`${name}.conv1`, activated, stride);
      x = tf.add(
        convolve(`${name}.conv2`, activate(`${name}.act2`, normalize(`${name}.bn2`, inner))),
        shortcut,
      );
    }
    if (parameters.final_bn) x = activate("act", normalize("bn", x));
    const pooled = tf.mean(x, [1, 2]) as Tensor2D;
    return tf.add(
      tf.matMul(pooled, tensors["linear.weight"] as Tensor2D),
      tensors["linear.bias"],
    ) as Tensor2D;
  },
  infer(shapes) {
    const width = (shapes["conv1.weight"] ?? shapes["layer1.0.conv1.weight"])?.[0] ?? 0;
    return {
      ...width > 0 ? { width } : {},
      final_bn: Object.keys(shapes).some((name) => name.startsWith("bn.")),
    };
  },
};

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
