/**
 * Every first-order gradient that TensorFlow.js has is right, or refused by name.
 *
 * The derivative of `sum(k y + y^2 / 2)` along a direction is compared with central differences of
 * fourth order. A gradient that a later TensorFlow.js adds needs a case here.
 */
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Tensor, Tensor3D, Tensor4D, Tensor5D } from "@tensorflow/tfjs-core";
import { hashed } from "../../tests/hashed.ts";
import { tf } from "./mod.ts";
import { refusedGradients } from "./refuse.ts";

type Range = readonly [low: number, high: number, signed?: "signed"];
type Case = readonly [
  inputs: readonly (readonly [shape: readonly number[], range?: Range])[],
  // deno-lint-ignore no-explicit-any
  apply: (...inputs: any[]) => Tensor,
];

const shape = [2, 3, 4], images = [2, 6, 5, 4];
/** On both sides of 0 and further from it, and from 1, than the differences reach. */
const kinked: Range = [0.35, 0.85, "signed"];
const positive: Range = [0.5, 2], inner: Range = [-0.8, 0.8];

// deno-lint-ignore no-explicit-any
const one = (apply: (x: any) => Tensor, range?: Range, of = shape): Case => [[[of, range]], apply];
const two = (
  apply: (a: Tensor, b: Tensor) => Tensor,
  range?: Range,
  of: readonly (readonly number[])[] = [shape, shape],
): Case => [of.map((shape) => [shape, range] as const), apply];
/** Elements further apart than the differences reach, in a mixed order. */
const apart = (x: Tensor) =>
  tf.add(x, tf.tensor(Array.from({ length: x.size }, (_, i) => 7 * i % x.size), x.shape));

/** Cases by kernel; after a comma, which one. */
const right: Record<string, Case> = {
  "Abs": one((x) => tf.abs(x), kinked),
  "Acos": one((x) => tf.acos(x), inner),
  "Acosh": one((x) => tf.acosh(x), [1.5, 3]),
  "Add": two((a, b) => tf.add(a, b)),
  "Add, broadcast": two((a, b) => tf.add(a, b), undefined, [shape, [3, 1]]),
  "AddN": two((a, b) => tf.addN([a, b])),
  "Asin": one((x) => tf.asin(x), inner),
  "Asinh": one((x) => tf.asinh(x)),
  "Atan": one((x) => tf.atan(x)),
  "Atan2": two((a, b) => tf.atan2(a, b), positive),
  "Atanh": one((x) => tf.atanh(x), inner),
  "AvgPool": one((x) => tf.avgPool(x as Tensor4D, 2, 2, "valid"), undefined, images),
  "AvgPool, overlapping": one((x) => tf.avgPool(x, 3, 1, 0), undefined, images),
  "AvgPool3D": one(
    (x) => tf.avgPool3d(x as Tensor5D, 2, 1, "valid"),
    undefined,
    [1, 3, 4, 3, 2],
  ),
  "BatchMatMul": two((a, b) => tf.matMul(a, b), undefined, [[2, 3, 4], [2, 4, 2]]),
  "BatchMatMul, transposed": two((a, b) => tf.matMul(a, b, true, true), undefined, [
    [2, 4, 3],
    [2, 2, 4],
  ]),
  "BatchToSpaceND": one(
    (x) => tf.batchToSpaceND(x, [2, 2], [[0, 1], [1, 0]]),
    undefined,
    [4, 2, 3, 2],
  ),
  "BroadcastTo": one((x) => tf.broadcastTo(x, [2, 3, 4]), undefined, [2, 1, 4]),
  "Cast": one((x) => tf.cast(x, "float32")),
  "ClipByValue": one((x) => tf.clipByValue(x, -0.1, 0.2), kinked),
  "Concat": two((a, b) => tf.concat([a, b], 1)),
  "Conv2D": two(
    (a, b) => tf.conv2d(a as Tensor4D, b as Tensor4D, 2, "same"),
    undefined,
    [images, [3, 3, 4, 2]],
  ),
  "Conv2D, sides": two(
    (a, b) => tf.conv2d(a as Tensor4D, b as Tensor4D, [2, 1], [[0, 0], [0, 1], [2, 0], [0, 0]]),
    undefined,
    [images, [3, 2, 4, 2]],
  ),
  "Conv2DBackpropInput": two(
    (a, b) => tf.conv2dTranspose(a as Tensor4D, b as Tensor4D, [2, 6, 6, 2], 2, "same"),
    undefined,
    [[2, 3, 3, 4], [3, 3, 2, 4]],
  ),
  "Conv3D": two(
    (a, b) => tf.conv3d(a as Tensor5D, b as Tensor5D, 1, "same"),
    undefined,
    [[1, 3, 4, 3, 2], [2, 2, 2, 2, 2]],
  ),
  "Cos": one((x) => tf.cos(x)),
  "Cosh": one((x) => tf.cosh(x)),
  "Cumsum": one((x) => tf.cumsum(x, 2)),
  "Cumsum, exclusive and reversed": one((x) => tf.cumsum(x, 2, true, true)),
  "DepthwiseConv2dNative": two(
    (a, b) => tf.depthwiseConv2d(a as Tensor4D, b as Tensor4D, 2, "same"),
    undefined,
    [images, [3, 3, 4, 2]],
  ),
  "Dilation2D": two(
    (a, b) => tf.dilation2d(apart(a) as Tensor4D, tf.mul(b, 0.2) as Tensor3D, 1, "same"),
    [0, 0.5],
    [[1, 4, 4, 2], [2, 2, 2]],
  ),
  "Elu": one((x) => tf.elu(x), kinked),
  "Erf": one((x) => tf.erf(x)),
  "Exp": one((x) => tf.exp(x)),
  "ExpandDims": one((x) => tf.expandDims(x, 1)),
  "Expm1": one((x) => tf.expm1(x)),
  "FusedBatchNorm": [
    [[images], [[4]], [[4], positive], [[4]], [[4], positive]],
    (x, mean, variance, offset, scale) => tf.batchNorm(x, mean, variance, offset, scale),
  ],
  "GatherV2": one((x) => tf.gather(x, tf.tensor1d([2, 0, 2], "int32"), 1)),
  "GatherV2, batches": one((x) =>
    tf.gather(x, tf.tensor2d([[2, 0], [1, 1]], [2, 2], "int32"), 1, 1)
  ),
  "Identity": one((x) => tf.clone(x)),
  "LRN": one((x) => tf.localResponseNormalization(x as Tensor4D, 1), undefined, images),
  "LeakyRelu": one((x) => tf.leakyRelu(x, 0.1), kinked),
  "Log": one((x) => tf.log(x), positive),
  "Log1p": one((x) => tf.log1p(x), positive),
  "LogSoftmax": one((x) => tf.logSoftmax(x)),
  "Max": one((x) => tf.max(apart(x), 1)),
  "MaxPool": one((x) => tf.maxPool(apart(x) as Tensor4D, 3, 2, "same"), [0, 0.5], [1, 4, 4, 2]),
  "MaxPool3D": one(
    (x) => tf.maxPool3d(apart(x) as Tensor5D, 2, 1, "same"),
    [0, 0.5],
    [1, 2, 3, 3, 2],
  ),
  "Maximum": two((a, b) => tf.maximum(a, tf.mul(b, 0.1)), kinked),
  "Mean": one((x) => tf.mean(x, [0, 2])),
  "Min": one((x) => tf.min(apart(x), [0, 2])),
  "Minimum": two((a, b) => tf.minimum(tf.mul(b, 0.1), a), kinked),
  "Mod": two((a, b) => tf.mod(a, tf.add(b, 2)), [0.5, 1.5]),
  "Multiply": two((a, b) => tf.mul(a, b), undefined, [shape, [4]]),
  "Neg": one((x) => tf.neg(x)),
  "Pack": two((a, b) => tf.stack([a, b], 1)),
  "PadV2": one((x) => tf.pad(x, [[0, 1], [2, 0], [1, 1]], 3)),
  "Pow": two((a, b) => tf.pow(a, b), positive),
  "Prelu": [[[shape, kinked], [[4]]], (x, slope) => tf.prelu(x, slope)],
  "Prod": one((x) => tf.prod(x, 1), positive),
  "RealDiv": two((a, b) => tf.div(a, b), positive, [[3, 1], shape]),
  "Reciprocal": one((x) => tf.reciprocal(x), positive),
  "Relu": one((x) => tf.relu(x), kinked),
  "Relu6": one((x) => tf.relu6(tf.add(tf.mul(x, 4), 0.05)), [0.5, 1.2, "signed"]),
  "Reshape": one((x) => tf.reshape(x, [4, 6])),
  "Reverse": one((x) => tf.reverse(x, [0, 2])),
  "Rsqrt": one((x) => tf.rsqrt(x), positive),
  "Select": two((a, b) => tf.where(tf.greater(a, 0), a, tf.mul(a, b)), kinked),
  "Selu": one((x) => tf.selu(x), kinked),
  "Sigmoid": one((x) => tf.sigmoid(x)),
  "Sin": one((x) => tf.sin(x)),
  "Sinh": one((x) => tf.sinh(x)),
  "Slice": one((x) => tf.slice(x as Tensor3D, [0, 1, 2], [2, 2, 1])),
  "Softmax": one((x) => tf.softmax(x)),
  "Softplus": one((x) => tf.softplus(x)),
  "SpaceToBatchND": one(
    (x) => tf.spaceToBatchND(x, [2, 2], [[0, 0], [1, 0]]),
    undefined,
    images,
  ),
  "SplitV": one((x) => {
    const [first, second] = tf.split(x, [1, 3], 2);
    return tf.mul(first, second);
  }),
  "Sqrt": one((x) => tf.sqrt(x), positive),
  "Square": one((x) => tf.square(x)),
  "SquaredDifference": two((a, b) => tf.squaredDifference(a, b)),
  "Sub": two((a, b) => tf.sub(a, b), undefined, [[3, 1], shape]),
  "Sum": one((x) => tf.sum(x, 1, true)),
  "Tan": one((x) => tf.tan(x), inner),
  "Tanh": one((x) => tf.tanh(x)),
  "Tile": one((x) => tf.tile(x, [2, 1, 3])),
  "Transpose": one((x) => tf.transpose(x, [2, 0, 1])),
  "Unpack": one((x) => {
    const [first, second] = tf.unstack(x, 0);
    return tf.mul(first, second);
  }),
  "UnsortedSegmentSum": one(
    (x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1, 1, 2, 0], "int32"), 3),
    undefined,
    [6, 2],
  ),
};

/** Constant between jumps: the derivative is 0. */
const flat: Record<string, (x: Tensor) => Tensor> = {
  Ceil: (x) => tf.ceil(x),
  Floor: (x) => tf.floor(x),
  Round: (x) => tf.round(x),
  Sign: (x) => tf.sign(x),
  Step: (x) => tf.step(x),
  ZerosLike: (x) => tf.zerosLike(x),
  OnesLike: (x) => tf.onesLike(x),
  Greater: (x) => tf.cast(tf.greater(x, 0.1), "float32"),
  GreaterEqual: (x) => tf.cast(tf.greaterEqual(x, 0.1), "float32"),
  Less: (x) => tf.cast(tf.less(x, 0.1), "float32"),
  LessEqual: (x) => tf.cast(tf.lessEqual(x, 0.1), "float32"),
  Equal: (x) => tf.cast(tf.equal(x, 0.1), "float32"),
  NotEqual: (x) => tf.cast(tf.notEqual(x, 0.1), "float32"),
  LogicalAnd: (x) => tf.cast(tf.logicalAnd(tf.greater(x, 0), tf.less(x, 1)), "float32"),
  LogicalOr: (x) => tf.cast(tf.logicalOr(tf.greater(x, 0), tf.less(x, 1)), "float32"),
  LogicalNot: (x) => tf.cast(tf.logicalNot(tf.greater(x, 0)), "float32"),
  ArgMax: (x) => tf.cast(tf.argMax(x, 1), "float32"),
  ArgMin: (x) => tf.cast(tf.argMin(x, 1), "float32"),
  IsFinite: (x) => tf.cast(tf.isFinite(x), "float32"),
  IsInf: (x) => tf.cast(tf.isInf(x), "float32"),
  IsNan: (x) => tf.cast(tf.isNaN(x), "float32"),
};

/** Without a derivative that could be compared: complex numbers, and a mask of whole numbers. */
const others = ["ComplexAbs", "OneHot"];

const refused: Record<string, (x: Tensor4D) => Tensor> = {
  "AvgPool, padded": (x) => tf.avgPool(x, 3, 1, "same"),
  "AvgPool, padded by a number": (x) => tf.avgPool(x, 3, 1, 1),
  "AvgPool3D, padded": (x) => tf.avgPool3d(tf.expandDims(x, 1) as Tensor5D, [1, 3, 3], 1, "same"),
  "Cumsum, not over the last axis": (x) => tf.cumsum(x, 1),
  "FloorDiv": (x) => tf.floorDiv(x, tf.scalar(0.3)),
  "MirrorPad": (x) => tf.mirrorPad(x, [[0, 0], [1, 1], [2, 0], [0, 0]], "reflect"),
  "ResizeBilinear": (x) => tf.image.resizeBilinear(x, [12, 10]),
  "ResizeNearestNeighbor": (x) => tf.image.resizeNearestNeighbor(x, [12, 10]),
};

const kernelsWithGradient = () =>
  (Object.values(tf) as unknown[]).filter((name): name is string =>
    typeof name === "string" && tf.getGradient(name) !== undefined
  );

Deno.test("every gradient of TensorFlow.js has a case", () => {
  const of = (cases: object) => Object.keys(cases).map((name) => name.split(",")[0]);
  const known = [...of(right), ...of(flat), ...of(refused), ...others];
  assertEquals(kernelsWithGradient().filter((name) => !known.includes(name)), []);
});

const STEP = 1 / 16;

for (const [name, [inputs, apply]] of Object.entries(right)) {
  Deno.test(`the gradient of ${name} is its derivative`, async () => {
    await tf.setBackend("cpu");
    tf.tidy(() => {
      const at = inputs.map(([shape, range = [-1.2, 1.2]], i) => {
        const [low, high, signed] = range, values = hashed(`${name} ${i}`, shape, low, high);
        const signs = hashed(`${name} ${i} signs`, shape, -1, 1).map(Math.sign);
        return tf.tensor(signed ? values.map((v, j) => v * signs[j]) : values, [...shape]);
      });
      const loss = (...given: Tensor[]) => {
        const y = apply(...given), k = tf.tensor(hashed("k", y.shape, -1, 1), y.shape);
        return tf.sum(tf.add(tf.mul(y, k), tf.mul(tf.square(y), 0.5)));
      };
      const gradients = tf.grads(loss as never)(at);
      at.forEach((x, i) => {
        const direction = tf.tensor(hashed(`${name} ${i} direction`, x.shape, -1, 1), x.shape);
        const moved = (steps: number) =>
          loss(
            ...at.map((other, j) => j === i ? tf.add(x, tf.mul(direction, steps * STEP)) : other),
          ).dataSync()[0];
        const difference = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * STEP);
        const derivative = tf.sum(tf.mul(gradients[i], direction)).dataSync()[0];
        assertAlmostEquals(derivative, difference, 3e-3 * Math.max(1, Math.abs(difference)));
      });
    });
  });
}

Deno.test("the gradient of what is constant between jumps is 0", async () => {
  await tf.setBackend("cpu");
  for (const [name, apply] of Object.entries(flat)) {
    const x = tf.tensor(hashed(name, shape, -1.2, 1.2), shape);
    const gradient = tf.grad((x) => tf.sum(apply(x)))(x).dataSync();
    assertEquals([name, ...new Set(Array.from(gradient, Math.abs))], [name, 0]);
  }
});

for (const [name, apply] of Object.entries(refused)) {
  Deno.test(`the gradient of ${name} is refused by name`, async () => {
    await tf.setBackend("cpu");
    const x = tf.tensor4d(hashed(name, images, -1, 1), images as [number, number, number, number]);
    const [kernel] = name.split(",");
    apply(x); // its values are right
    assertThrows(
      () => tf.grad((x) => tf.sum(apply(x as Tensor4D)))(x),
      Error,
      `Cannot differentiate ${kernel}: TensorFlow.js' gradient is wrong, ${
        refusedGradients[kernel].reason
      }`,
    );
  });
}

Deno.test("TensorFlow.js refuses the gradients of what it broadcasts without summing them", async () => {
  await tf.setBackend("cpu");
  const x = tf.tensor(hashed("x", [2, 3, 3], -1, 1), [2, 3, 3]), shared = tf.ones([3, 3]);
  for (const apply of [tf.matMul, tf.squaredDifference]) {
    assertThrows(
      () => tf.grad((b) => tf.sum(apply(x, b)))(shared),
      Error,
      "which does not match the shape of the input '3,3'",
    );
  }
});
