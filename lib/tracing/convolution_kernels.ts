/**
 * Convolution and its two gradients, in TensorFlow.js' layouts (`[N, H, W, C]`, `[k, k, I, O]`).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Builder } from "./builder.ts";
import type { ConvolutionLabels, Node } from "./graph.ts";
import type { Attributes, Kernel } from "./kernel.ts";

type Pair = readonly [number, number];
type Padding = readonly [Pair, Pair];

interface Geometry {
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
  readonly output: readonly number[];
}

function geometry(images: readonly number[], filters: readonly number[], a: Attributes): Geometry {
  if (a.dataFormat !== undefined && a.dataFormat !== "NHWC") {
    throw new RangeError(`Cannot trace a convolution in layout "${a.dataFormat}": expected "NHWC"`);
  }
  const info = tf.backend_util.computeConv2DInfo(
    [...images] as [number, number, number, number],
    [...filters] as [number, number, number, number],
    a.strides,
    a.dilations ?? 1,
    a.pad,
    a.dimRoundingMode,
  );
  const { top, bottom, left, right } = info.padInfo;
  return {
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    padding: [[top, bottom], [left, right]],
    output: info.outShape,
  };
}

/** What a stride leaves of the padded input at its far end. */
const leftover = (size: number, [low, high]: Pair, kernel: number, stride: number) =>
  (size + low + high - kernel) % stride;

const one: Pair = [1, 1];

/** Roles of the dimensions in a convolution of images by filters. */
export const forwardLabels: ConvolutionLabels = "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]";

/** Roles of the dimensions in the gradient with respect to the images. */
export const inputGradientLabels: ConvolutionLabels = "[b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f]";

/** Roles of the dimensions in the gradient with respect to the filters. */
export const filterGradientLabels: ConvolutionLabels = "[f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f]";

function forward(b: Builder, x: Node, filters: Node, a: Attributes): Node {
  const { stride, dilation, padding, output } = geometry(x.shape, filters.shape, a);
  return b.make(
    {
      kind: "convolution",
      labels: forwardLabels,
      stride,
      padding,
      inputDilation: one,
      filterDilation: dilation,
    },
    [x, filters],
    output,
    "float32",
  );
}

/**
 * Gradient with respect to the images: convolve with the filters reversed and their channels
 * swapped; the stride becomes a dilation of the output's gradient. The reversal is an operation of
 * its own because compilers recognise that form (a reversed window has no fast path).
 */
function inputGradient(b: Builder, dy: Node, filters: Node, a: Attributes): Node {
  const shape: number[] = a.inputShape, [kh, kw] = filters.shape;
  const { stride, padding } = geometry(shape, filters.shape, a);
  const sides = ([low, high]: Pair, size: number, kernel: number, s: number): Pair => [
    kernel - 1 - low,
    kernel - 1 - high + leftover(size, [low, high], kernel, s),
  ];
  return b.make(
    {
      kind: "convolution",
      labels: inputGradientLabels,
      stride: one,
      padding: [
        sides(padding[0], shape[1], kh, stride[0]),
        sides(padding[1], shape[2], kw, stride[1]),
      ],
      inputDilation: stride,
      filterDilation: one,
    },
    [dy, b.reverse(filters, [0, 1])],
    shape,
    "float32",
  );
}

/**
 * Gradient with respect to the filters: the batch is summed over as channels are, so batch and
 * channel swap places; the stride becomes a dilation of the output's gradient, used as filters.
 */
function filterGradient(b: Builder, x: Node, dy: Node, a: Attributes): Node {
  const shape: number[] = a.filterShape, [, height, width] = x.shape;
  const { stride, padding } = geometry(x.shape, shape, a);
  const sides = ([low, high]: Pair, size: number, kernel: number, s: number): Pair => [
    low,
    high - leftover(size, [low, high], kernel, s),
  ];
  return b.make(
    {
      kind: "convolution",
      labels: filterGradientLabels,
      stride: one,
      padding: [
        sides(padding[0], height, shape[0], stride[0]),
        sides(padding[1], width, shape[1], stride[1]),
      ],
      inputDilation: one,
      filterDilation: stride,
    },
    [x, dy],
    shape,
    "float32",
  );
}

/** The three kernels by TensorFlow.js' name. */
export const convolutionKernels: Readonly<Record<string, Kernel>> = {
  Conv2D: (b, { x, filter }, a) => forward(b, x, filter, a),
  Conv2DBackpropInput: (b, { dy, filter }, a) => inputGradient(b, dy, filter, a),
  Conv2DBackpropFilter: (b, { x, dy }, a) => filterGradient(b, x, dy, a),
};
