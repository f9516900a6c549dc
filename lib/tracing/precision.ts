/**
 * Products at less than float32's precision, as a pass over a traced graph.
 *
 * @module
 */
import type { Precision, Program } from "./program.ts";
import type { Builder } from "./builder.ts";
import { forwardLabels } from "./convolution_kernels.ts";
import type { Graph, Node } from "./graph.ts";
import { rebuild } from "./rebuild.ts";

/** The precision of each kind of product. */
export interface ProductPrecision {
  readonly forward: Precision;
  readonly gradient: Precision;
}

/** A program's precision, written out: one name holds for both kinds, float32 without any. */
export const precisionOf = ({ precision = "f32" }: Pick<Program, "precision">): ProductPrecision =>
  typeof precision === "string" ? { forward: precision, gradient: precision } : precision;

/**
 * Lets products run at a program's precision; everything else stays as it is.
 *
 * `bf16`: both operands of a convolution are rounded to bfloat16, and so is its result, which is
 * accumulated in float32 by the libraries below and widened again. Asking for a float32 result would
 * save that last rounding, but neither oneDNN nor cuDNN (by way of XLA) has such a convolution: the
 * operands are then widened without a word and nothing is gained. Matrix products stay in float32:
 * there is one, and the logits come from it.
 *
 * `tf32`: convolutions and matrix products ask for the device's default, which is TF32 on NVIDIA GPUs
 * since Ampere. A CPU has no TF32: the graph stays as it is.
 */
export function withPrecision(
  graph: Graph,
  { forward, gradient }: ProductPrecision,
  platform: string,
): Graph {
  const plain = (precision: Precision) =>
    precision === "f32" || precision === "tf32" && platform === "cpu";
  if (plain(forward) && plain(gradient)) return graph;
  return rebuild(graph, (b, { operation: o, shape, dtype }, inputs) => {
    if (o.kind !== "convolution" && o.kind !== "dot") return;
    const wanted = o.kind === "convolution" && o.labels !== forwardLabels ? gradient : forward;
    if (plain(wanted) || wanted === "bf16" && o.kind === "dot") return;
    const operation = { ...o, precision: "default" as const };
    if (wanted === "tf32") return b.make(operation, inputs, shape, dtype);
    const rounded = inputs.map((input) => round(b, input, platform));
    return b.convert(b.make(operation, rounded, shape, "bfloat16"), dtype);
  });
}

/**
 * Rounds a factor. For a GPU a reversal stays next to the convolution: XLA knows the gradient with
 * respect to images by it. For a CPU it may not: XLA computes a reversal of bfloat16 in float32, and
 * the convolution with it.
 */
function round(b: Builder, factor: Node, platform: string): Node {
  if (platform === "cpu") return roundByBits(b, factor);
  const { operation, inputs: [source], shape } = factor;
  return operation.kind === "reverse"
    ? b.make(operation, [round(b, source, platform)], shape, "bfloat16")
    : b.convert(factor, "bfloat16");
}

/**
 * Rounds to the nearest bfloat16, ties away from zero: half a unit is added to the bits, and their
 * upper half kept, in three instructions. XLA's conversion for CPUs takes nine, for ties to even and
 * for numbers that are none with the lowest bits set, which no arithmetic yields.
 */
function roundByBits(b: Builder, x: Node): Node {
  const { operation: { kind }, inputs: [source], shape } = x;
  const exact = kind === "splat" || kind === "convert" && source.dtype === "bfloat16";
  if (exact) return b.convert(x, "bfloat16");
  const constant = (value: number) => b.splat(value, shape, "uint32");
  const bits = b.make({ kind: "bitcast_convert" }, [x], shape, "uint32");
  const nearest = b.binary("add", bits, constant(0x8000));
  const upper = b.binary("shift_right_logical", nearest, constant(16));
  return b.make({ kind: "bitcast_convert" }, [b.convert(upper, "uint16")], shape, "bfloat16");
}
