/**
 * Marks of networks that are not the one that is known, to say what a file holds instead.
 *
 * @module
 */

import type { Task } from "../task.ts";
import { COUNTER } from "./external_rules.ts";

/** A network of another kind, and a tensor by which it is known. */
interface Mark {
  readonly what: string;
  readonly name: RegExp;
  /** No tensor's name is like this. */
  readonly without?: RegExp;
  readonly shape?: (shape: readonly number[], task: Task) => boolean;
  /** What to do about it. */
  readonly hint?: string;
}

/** The first that fits is told: those that say most come first. */
export const MARKS: readonly Mark[] = [
  {
    what: "a DMWideResNet of RobustBench",
    name: /(?:^|\.)layer\.\d+\.block\.\d+\.(?:batchnorm|conv)_\d\./,
  },
  {
    what: "a DMPreActResNet of RobustBench, whose shortcuts are 3x3 and whose padding is another",
    name: /(?:^|\.)(?:batchnorm_\d|conv_2d(?:_\d)?|conv_\d)\./,
  },
  { what: "a WideResNet", name: /(?:^|\.)block\d\.layer\.\d+\.\w+\./ },
  {
    what: "a transformer",
    name: /(?:^|\.)(?:cls_token|pos_embed|patch_embed\.|blocks\.\d+\.attn\.|attn\.qkv\.)/,
  },
  { what: "a DenseNet", name: /(?:^|\.)(?:dense|denseblock|trans|transition)\d\./ },
  { what: "a chain of layers such as VGG", name: /(?:^|\.)features\.\d+\.\w+$/ },
  {
    what: "a network whose weights are pruned or reparametrised",
    name: /(?:_orig|_mask|_g|_v|_u)$|\.parametrizations\./,
    hint: 'make them plain first, for example by "torch.nn.utils.prune.remove"',
  },
  {
    what: "a network with adapters (LoRA)",
    name: /(?:^|[._])lora_/i,
    hint: "merge them into the weights first",
  },
  { what: "a quantised network", name: /(?:zero_point|_packed_params|\.scale)\b/ },
  { what: "a ResNet of bottleneck blocks", name: /(?:^|\.)layer\d\.\d+\.conv3\.weight$/ },
  { what: "a squeeze-and-excitation network", name: /(?:^|\.)layer\d\.\d+\.(?:se\.|fc[12]\.)/ },
  {
    what: "a ResNet of more blocks than two a stage",
    name: /(?:^|\.)layer\d\.(?:[2-9]|\d\d+)\.conv1\.weight$/,
  },
  { what: "a ResNet of more stages than four", name: /(?:^|\.)layer[5-9]\.\d+\.conv1\.weight$/ },
  {
    what: "a ResNet with a batch norm after its first convolution (post-activation)",
    name: /^bn1\.weight$/,
  },
  {
    what: "a network whose shortcuts have a batch norm",
    name: /(?:^|\.)layer\d\.\d+\.(?:shortcut|downsample)\.1\.weight$/,
  },
  {
    what: "a network with another first convolution",
    name: /^conv1\.weight$/,
    shape: ([outputs, inputs, ...kernel], { image }) =>
      outputs > 0 && (inputs !== image[2] || kernel.some((size) => size !== 3)),
  },
  {
    what: "a network of another number of classes",
    name: /^linear\.(?:weight|bias)$/,
    shape: ([outputs], { classes }) => outputs > 0 && outputs !== classes,
  },
  {
    what: "a network with one slope of PReLU a channel",
    name: /^(?:layer\d\.\d\.)?act\d?\.weight$/,
    shape: ([slopes]) => slopes > 1,
  },
  {
    what: "a ResNet without batch norm",
    name: /(?:^|\.)layer1\.0\.conv1\.weight$/,
    without: /\.running_mean$/,
  },
  { what: "a network whose convolutions have biases", name: /(?:^|\.)conv\d\.bias$/ },
];

/** What a file of other tensors is, in words; undefined where no mark is known. */
export function otherNetwork(
  tensors: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  task: Task,
  shown: (name: string) => string,
): string | undefined {
  const entries = Object.entries(tensors).filter(([name]) => !COUNTER.test(name));
  for (const { what, name, without, shape, hint } of MARKS) {
    const found = entries.find(([tensor, entry]) =>
      name.test(tensor) && (shape?.(entry.shape, task) ?? true)
    );
    if (found === undefined || entries.some(([tensor]) => without?.test(tensor))) continue;
    return `${what} (tensor "${shown(found[0])}" [${found[1].shape.join(", ")}])${
      hint ? `; ${hint}` : ""
    }`;
  }
}
