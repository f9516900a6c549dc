/**
 * TensorFlow.js kernels as primitive nodes: one entry a kernel.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { broadcastShape, type Builder } from "./builder.ts";
import { convolutionKernels } from "./convolution_kernels.ts";
import type { Attributes, Inputs, Kernel } from "./kernel.ts";
import { philoxKernel } from "./philox_kernel.ts";
import type { BinaryOp, Direction, Node, UnaryOp } from "./graph.ts";
import type { DType } from "./program.ts";

const unary = (op: UnaryOp): Kernel => (b, { x }) => b.unary(op, x);
const binary = (op: BinaryOp): Kernel => (b, inputs) => b.binary(op, inputs.a, inputs.b);
const compare = (direction: Direction): Kernel => (b, inputs) =>
  b.compare(direction, inputs.a, inputs.b);
const zero = (b: Builder, like: Node) => b.splat(0, like.shape, like.dtype);
const fill = (value: number): Kernel => (b, { x }) => b.splat(value, x.shape, x.dtype);

/** Reduces over `axis` as TensorFlow.js does; dimensions stay as 1 with `keepDims`. */
function reduction(
  b: Builder,
  op: "add" | "maximum" | "minimum",
  x: Node,
  attributes: Attributes,
): { node: Node; count: number } {
  const axis = attributes.axis ?? attributes.reductionIndices ?? null;
  const axes = tf.util.parseAxisParam(axis as number[], x.shape as number[]);
  const reduced = b.reduce(op, x, axes);
  const kept = x.shape.map((d, i) => axes.includes(i) ? 1 : d);
  return {
    node: attributes.keepDims ? b.reshape(reduced, kept) : reduced,
    count: axes.reduce((n, i) => n * x.shape[i], 1),
  };
}

/** Numerically safe `log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))`. */
function softplus(b: Builder, x: Node): Node {
  const tail = b.unary("exponential", b.unary("negate", b.unary("abs", x)));
  return b.binary("add", b.binary("maximum", x, zero(b, x)), b.unary("log_plus_one", tail));
}

function softmax(b: Builder, logits: Node): Node {
  const last = [logits.shape.length - 1];
  const column = [...logits.shape.slice(0, -1), 1];
  const rows = (node: Node) => b.reshape(node, column);
  const shifted = b.binary("subtract", logits, rows(b.reduce("maximum", logits, last)));
  const powers = b.unary("exponential", shifted);
  return b.binary("divide", powers, rows(b.reduce("add", powers, last)));
}

function tile(b: Builder, x: Node, reps: number[]): Node {
  // [d0, d1] becomes [1, d0, 1, d1], grows to [r0, d0, r1, d1] and folds to [r0 d0, r1 d1]
  const split = x.shape.flatMap((d) => [1, d]);
  const grown = x.shape.flatMap((d, i) => [reps[i], d]);
  return b.reshape(b.broadcastTo(b.reshape(x, split), grown), x.shape.map((d, i) => d * reps[i]));
}

/** Products of matrices; the dimensions before the last two broadcast in NumPy's manner. */
function matMul(b: Builder, inputs: Inputs, attributes: Attributes): Node {
  const { transposeA, transposeB } = attributes;
  const batch = broadcastShape(inputs.a.shape.slice(0, -2), inputs.b.shape.slice(0, -2));
  const [x, y] = [inputs.a, inputs.b].map((matrices) =>
    b.broadcastTo(matrices, [...batch, ...matrices.shape.slice(-2)])
  );
  const rank = batch.length + 2;
  const contract = [transposeA ? rank - 2 : rank - 1, transposeB ? rank - 1 : rank - 2] as const;
  const shape = [
    ...batch,
    x.shape[transposeA ? rank - 1 : rank - 2],
    y.shape[transposeB ? rank - 2 : rank - 1],
  ];
  return b.make({ kind: "dot", batch: batch.map((_, i) => i), contract }, [x, y], shape, "float32");
}

/** `x - y floor(x / y)`: of the divisor's sign, where StableHLO's remainder has the dividend's. */
function floorMod(b: Builder, x: Node, y: Node): Node {
  const remainder = b.binary("remainder", x, y), none = zero(b, remainder);
  const negative = (node: Node) => b.compare("LT", b.broadcastTo(node, none.shape), none);
  const opposed = b.binary("xor", negative(remainder), negative(y));
  const wrong = b.binary("and", b.compare("NE", remainder, none), opposed);
  return b.select(wrong, b.binary("add", remainder, y), remainder);
}

function oneHot(b: Builder, indices: Node, attributes: Attributes): Node {
  const { depth, onValue = 1, offValue = 0, dtype = "float32" } = attributes;
  const shape = [...indices.shape, depth];
  const column = b.reshape(b.convert(indices, "int32"), [...indices.shape, 1]);
  const hit = b.compare("EQ", column, b.iota(indices.shape.length, shape, "int32"));
  return b.select(hit, b.splat(onValue, shape, dtype), b.splat(offValue, shape, dtype));
}

/** All kernels that can be traced, by TensorFlow.js' name. */
export const kernels: Readonly<Record<string, Kernel>> = {
  ...convolutionKernels,
  Philox: philoxKernel,

  Neg: unary("negate"),
  Exp: unary("exponential"),
  Log: unary("log"),
  Log1p: unary("log_plus_one"),
  Sqrt: unary("sqrt"),
  Rsqrt: unary("rsqrt"),
  Abs: unary("abs"),
  Sign: unary("sign"),
  Tanh: unary("tanh"),
  Sigmoid: unary("logistic"),
  Floor: unary("floor"),
  Erf: unary("erf"),
  LogicalNot: unary("not"),
  Square: (b, { x }) => b.binary("multiply", x, x),
  Reciprocal: (b, { x }) => b.binary("divide", b.splat(1, x.shape, x.dtype), x),
  Relu: (b, { x }) => b.binary("maximum", x, zero(b, x)),
  // |x| used to be differentiated through step(x, -1): alpha is the value below and at 0
  Step: (b, { x }, { alpha = 0 }) =>
    b.select(
      b.compare("GT", x, zero(b, x)),
      b.splat(1, x.shape, x.dtype),
      b.splat(alpha, x.shape, x.dtype),
    ),
  Softplus: (b, { x }) => softplus(b, x),
  ClipByValue: (b, { x }, { clipValueMin, clipValueMax }) =>
    b.binary(
      "minimum",
      b.binary("maximum", x, b.splat(Math.fround(clipValueMin), x.shape, x.dtype)),
      b.splat(Math.fround(clipValueMax), x.shape, x.dtype),
    ),

  Add: binary("add"),
  AddV2: binary("add"),
  Sub: binary("subtract"),
  Multiply: binary("multiply"),
  RealDiv: binary("divide"),
  Maximum: binary("maximum"),
  Minimum: binary("minimum"),
  Pow: binary("power"),
  Mod: (b, inputs) => floorMod(b, inputs.a, inputs.b),
  LogicalAnd: binary("and"),
  LogicalOr: binary("or"),
  SquaredDifference: (b, inputs) => {
    const difference = b.binary("subtract", inputs.a, inputs.b);
    return b.binary("multiply", difference, difference);
  },
  AddN: (b, inputs) => Object.values(inputs).reduce((sum, node) => b.binary("add", sum, node)),

  Greater: compare("GT"),
  GreaterEqual: compare("GE"),
  Less: compare("LT"),
  LessEqual: compare("LE"),
  Equal: compare("EQ"),
  NotEqual: compare("NE"),
  Select: (b, { condition, t, e }) => b.select(condition, t, e),

  Cast: (b, { x }, { dtype }) => b.convert(x, dtype as DType),
  Fill: (b, _, { shape, value, dtype = "float32" }) => b.splat(value, shape, dtype),
  ZerosLike: fill(0),
  OnesLike: fill(1),
  OneHot: (b, { indices }, attributes) => oneHot(b, indices, attributes),

  Reshape: (b, { x }, { shape }) =>
    b.reshape(x, tf.util.inferFromImplicitShape(shape, tf.util.sizeFromShape([...x.shape]))),
  ExpandDims: (b, { input }, { dim }) => {
    const shape = [...input.shape];
    shape.splice(dim < 0 ? shape.length + 1 + dim : dim, 0, 1);
    return b.reshape(input, shape);
  },
  Transpose: (b, { x }, { perm }) => b.transpose(x, perm),
  Reverse: (b, { x }, { dims }) => b.reverse(x, tf.util.parseAxisParam(dims, [...x.shape])),
  Tile: (b, { x }, { reps }) => tile(b, x, reps),
  Slice: (b, { x }, { begin, size }) => {
    const [start, extent] = tf.slice_util.parseSliceParams(
      { shape: [...x.shape], rank: x.shape.length } as tf.Tensor,
      begin,
      size,
    );
    return b.slice(x, start, extent);
  },
  PadV2: (b, { x }, { paddings, constantValue }) =>
    b.pad(
      x,
      paddings.map((sides: number[]) => sides[0]),
      paddings.map((sides: number[]) => sides[1]),
      constantValue,
    ),
  Concat: (b, inputs, { axis }) => {
    const xs = Object.values(inputs);
    return b.concatenate(xs, tf.util.parseAxisParam(axis, [...xs[0].shape])[0]);
  },

  GatherV2: (b, { x, indices }, { axis, batchDims }) => {
    if (batchDims) throw new RangeError("Cannot trace a gather with batch dimensions");
    return b.gather(x, indices, tf.util.parseAxisParam(axis, [...x.shape])[0]);
  },

  Pack: (b, inputs, { axis }) => {
    const xs = Object.values(inputs), at = axis < 0 ? xs[0].shape.length + 1 + axis : axis;
    const grown = [...xs[0].shape.slice(0, at), 1, ...xs[0].shape.slice(at)];
    return b.concatenate(xs.map((x) => b.reshape(x, grown)), at);
  },

  Sum: (b, { x }, attributes) => reduction(b, "add", x, attributes).node,
  Mean: (b, { x }, attributes) => {
    const { node, count } = reduction(b, "add", b.convert(x, "float32"), attributes);
    return b.binary("multiply", node, b.splat(Math.fround(1 / count), node.shape, "float32"));
  },
  Max: (b, { x }, attributes) => reduction(b, "maximum", x, attributes).node,
  Min: (b, { x }, attributes) => reduction(b, "minimum", x, attributes).node,
  Softmax: (b, { logits }) => softmax(b, logits),
  BatchMatMul: matMul,
};
