/**
 * The contract of kernels: whatever can be traced computes on every engine what the engine `cpu` does,
 * for every element type that TensorFlow.js gives it: negative numbers, zeros, ties and broadcasting
 * included. A kernel that is added to `lib/tracing/kernels.ts` needs a case here.
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensor, Tensor1D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine, Program, Tensors } from "../lib/engines/mod.ts";
import { tf } from "../lib/tensorflow/mod.ts";
import { kernels } from "../lib/tracing/kernels.ts";
import { relativeDifference } from "./close.ts";
import { cudaEngine, engines } from "./engines.ts";
import { hashed } from "./hashed.ts";
import { runOnce } from "./run_once.ts";

/** Numbers in [-2.5, 2.5] by quarters: signs, zeros, ties and halves are among them. */
const quarters = (name: string, count: number) =>
  hashed(name, [count], 0, 21).map((value) => (Math.floor(value) - 10) / 4);
const whole = (name: string, count: number, low: number, high: number) =>
  Int32Array.from(hashed(name, [count], low, high + 1), Math.floor);

const data = {
  x: { shape: [3, 4], dtype: "float32", values: quarters("x", 12) },
  y: { shape: [3, 4], dtype: "float32", values: quarters("y", 12) },
  row: { shape: [4], dtype: "float32", values: Float32Array.of(-1.5, 0.75, 2, -0.25) },
  positive: { shape: [3, 4], dtype: "float32", values: hashed("positive", [12], 0.3, 3) },
  i: { shape: [3, 4], dtype: "int32", values: whole("i", 12, -7, 7) },
  negative: { shape: [3, 4], dtype: "int32", values: whole("negative", 12, -9, -2) },
  divisor: { shape: [4], dtype: "int32", values: Int32Array.of(3, -3, 2, -5) },
  bytes: { shape: [3, 4], dtype: "uint8", values: whole("bytes", 12, 0, 255) },
  images: { shape: [2, 6, 7, 3], dtype: "float32", values: quarters("images", 252) },
  filters: { shape: [3, 3, 3, 4], dtype: "float32", values: quarters("filters", 108) },
  matrices: { shape: [2, 3, 4], dtype: "float32", values: quarters("matrices", 24) },
  shared: { shape: [4, 5], dtype: "float32", values: quarters("shared", 20) },
  single: { shape: [1, 5, 4], dtype: "float32", values: quarters("single", 20) },
} as const;

type Given = { readonly [K in keyof typeof data]: Tensor };

/** What is computed, by name; the test below holds that together they call every kernel. */
const cases: Record<string, (given: Given) => Tensor> = {
  "Neg": ({ x }) => tf.neg(x),
  "Neg of int32": ({ i }) => tf.neg(i),
  "Exp": ({ x }) => tf.exp(x),
  "Log": ({ positive }) => tf.log(positive),
  "Log1p": ({ positive }) => tf.log1p(positive),
  "Sqrt": ({ positive }) => tf.sqrt(positive),
  "Rsqrt": ({ positive }) => tf.rsqrt(positive),
  "Abs": ({ x }) => tf.abs(x),
  "Abs of int32": ({ i }) => tf.abs(i),
  "Sign": ({ x }) => tf.sign(x),
  "Tanh": ({ x }) => tf.tanh(x),
  "Sigmoid": ({ x }) => tf.sigmoid(x),
  "Floor": ({ x }) => tf.floor(x),
  "Erf": ({ x }) => tf.erf(x),
  "LogicalNot": ({ x }) => tf.logicalNot(tf.greater(x, 0)),
  "Square": ({ x }) => tf.square(x),
  "Square of int32": ({ i }) => tf.square(i),
  "Reciprocal": ({ positive }) => tf.reciprocal(positive),
  "Relu": ({ x }) => tf.relu(x),
  "Relu of int32": ({ i }) => tf.relu(i),
  "Step": ({ x }) => tf.step(x),
  "Step below 0": ({ x }) => tf.step(x, -1),
  "Softplus": ({ x }) => tf.softplus(tf.mul(x, 30)),
  "ClipByValue": ({ x }) => tf.clipByValue(x, -0.75, 1.1),
  "Add": ({ x, row }) => tf.add(x, row),
  "Add of int32": ({ i, divisor }) => tf.add(i, divisor),
  "Sub": ({ x, row }) => tf.sub(x, row),
  "Sub of int32": ({ i, divisor }) => tf.sub(i, divisor),
  "Multiply": ({ x, row }) => tf.mul(x, row),
  "Multiply of int32": ({ i, divisor }) => tf.mul(i, divisor),
  "RealDiv": ({ x, row }) => tf.div(x, row),
  "Maximum": ({ x, row }) => tf.maximum(x, row),
  "Maximum of int32": ({ i, divisor }) => tf.maximum(i, divisor),
  "Minimum": ({ x, row }) => tf.minimum(x, row),
  "Minimum of int32": ({ i, divisor }) => tf.minimum(i, divisor),
  "Pow": ({ positive, x }) => tf.pow(positive, x),
  "Mod": ({ x, row }) => tf.mod(x, row),
  "Mod of int32": ({ i, divisor }) => tf.mod(i, divisor),
  "Mod that broadcasts the dividend": ({ row, x }) =>
    tf.mod(row, tf.where(tf.equal(x, 0), tf.onesLike(x), x)),
  "LogicalAnd": ({ x, y }) => tf.logicalAnd(tf.greater(x, 0), tf.greater(y, 0)),
  "LogicalOr": ({ x, y }) => tf.logicalOr(tf.greater(x, 0), tf.greater(y, 0)),
  "SquaredDifference": ({ x, row }) => tf.squaredDifference(x, row),
  "AddN": ({ x, y, positive }) => tf.addN([x, y, positive]),
  "Greater": ({ x, y }) => tf.greater(x, y),
  "Greater of int32": ({ i, divisor }) => tf.greater(i, divisor),
  "GreaterEqual": ({ x, y }) => tf.greaterEqual(x, y),
  "Less": ({ x, y }) => tf.less(x, y),
  "LessEqual": ({ x, y }) => tf.lessEqual(x, y),
  "Equal": ({ x, y }) => tf.equal(x, y),
  "Equal of bool": ({ x, y }) => tf.equal(tf.greater(x, 0), tf.greater(y, 0)),
  "NotEqual": ({ x, y }) => tf.notEqual(x, y),
  "Select": ({ x, y }) => tf.where(tf.greater(x, 0), x, y),
  "Select that broadcasts": ({ row, x }) => tf.where(tf.greater(row, 0), x, tf.scalar(9)),
  "Cast to int32": ({ x }) => tf.cast(x, "int32"),
  "Cast to bool": ({ x }) => tf.cast(x, "bool"),
  "Cast from int32": ({ i }) => tf.cast(i, "float32"),
  "Cast from bytes": ({ bytes }) => tf.cast(bytes, "float32"),
  "Cast from bool": ({ x }) => tf.cast(tf.greater(x, 0), "float32"),
  "Fill": ({ x }) => tf.add(x, tf.fill([3, 4], 0.3)),
  "Fill of int32": ({ i }) => tf.add(i, tf.fill([3, 4], -2.7, "int32")),
  "ZerosLike": ({ i }) => tf.zerosLike(i),
  "OnesLike": ({ x }) => tf.onesLike(x),
  "OneHot": ({ i }) => tf.oneHot(tf.abs(i) as Tensor1D, 5, 0.5, -2),
  "Reshape": ({ x }) => tf.reshape(x, [2, -1]),
  "ExpandDims": ({ x }) => tf.expandDims(x, -1),
  "Transpose": ({ matrices }) => tf.transpose(matrices, [2, 0, 1]),
  "Reverse": ({ matrices }) => tf.reverse(matrices, [0, -1]),
  "Tile": ({ matrices }) => tf.tile(matrices, [1, 2, 3]),
  "Slice": ({ matrices }) => tf.slice(matrices, [0, 1, 1], [2, -1, 2]),
  "PadV2": ({ x }) => tf.pad(x, [[1, 0], [2, 1]], -1.5),
  "PadV2 of int32": ({ i }) => tf.pad(i, [[1, 0], [2, 1]], 7),
  "Concat": ({ x, y }) => tf.concat([x, y], -1),
  "GatherV2": ({ matrices }) => tf.gather(matrices, tf.tensor1d([2, 0, 2], "int32"), 1),
  "Pack": ({ x, y }) => tf.stack([x, y], -1),
  "Sum": ({ matrices }) => tf.sum(matrices, [0, -1]),
  "Sum of int32": ({ i }) => tf.sum(i, 1, true),
  "Sum of bool": ({ x }) => tf.sum(tf.greater(x, 0), 0),
  "Mean": ({ matrices }) => tf.mean(matrices, [1], true),
  "Mean of int32": ({ i }) => tf.mean(i, 1),
  "Max": ({ x }) => tf.max(x, 1),
  "Max of int32": ({ negative }) => tf.max(negative, 1),
  "Max of all int32": ({ negative }) => tf.max(negative),
  "Max of bytes": ({ bytes }) => tf.max(bytes, 0),
  "Min": ({ positive }) => tf.min(positive, 0, true),
  "Min of int32": ({ i }) => tf.min(tf.abs(i), 1),
  "Min of bytes": ({ bytes }) => tf.min(bytes, 0),
  "Softmax": ({ matrices }) => tf.softmax(matrices),
  "Identity": ({ x }) => tf.clone(x),
  "BatchMatMul": ({ matrices, single }) =>
    tf.matMul(matrices, tf.tile(single, [2, 1, 1]), false, true),
  "BatchMatMul, both transposed": ({ matrices, single }) =>
    tf.matMul(matrices, tf.slice(tf.reshape(single, [5, 4]), [0, 0], [5, 3]), true, true),
  "BatchMatMul with one matrix for all": ({ matrices, shared }) => tf.matMul(matrices, shared),
  "BatchMatMul of one matrix with all": ({ shared, matrices }) =>
    tf.matMul(shared, matrices, true, true),
  "BatchMatMul with a batch of one": ({ matrices, single }) =>
    tf.matMul(matrices, single, false, true),
  "Conv2D": ({ images, filters }) => tf.conv2d(images as Tensor4D, filters as Tensor4D, 1, "same"),
  "Conv2D with stride and padding": ({ images, filters }) =>
    tf.conv2d(images as Tensor4D, filters as Tensor4D, [2, 1], [[0, 0], [1, 0], [0, 2], [0, 0]]),
  "Conv2D with dilation": ({ images, filters }) =>
    tf.conv2d(images as Tensor4D, filters as Tensor4D, 1, "same", "NHWC", [2, 3]),
  "Conv2DBackpropInput": ({ images, filters }) =>
    tf.grad((x) =>
      tf.sum(tf.square(tf.conv2d(x as Tensor4D, filters as Tensor4D, 2, "same"))) as Tensor3D
    )(images),
  "Conv2DBackpropFilter": ({ images, filters }) =>
    tf.grad((f) =>
      tf.sum(tf.square(tf.conv2d(images as Tensor4D, f as Tensor4D, 2, "same"))) as Tensor3D
    )(filters),
};

const program = (names: readonly string[]): Program => ({
  name: "kernels",
  inputs: Object.fromEntries(
    Object.entries(data).map(([name, { shape, dtype }]) => [name, { shape, dtype }]),
  ),
  build: (inputs: Tensors) =>
    Object.fromEntries(names.map((name) => [name, cases[name](inputs as unknown as Given)])),
});

const run = (engine: Engine, names: readonly string[]) =>
  runOnce(engine, program(names), (name, { dtype }) => {
    const { values } = data[name as keyof typeof data];
    return dtype === "uint8" ? Uint8Array.from(values) : values;
  });

const all = Object.keys(cases);
const [judge, ...others] = await engines();

Deno.test("every kernel that can be traced has a case", async () => {
  await tf.setBackend("cpu");
  const given = Object.fromEntries(
    Object.entries(data).map(([name, { shape, dtype, values }]) => [
      name,
      tf.tensor(values, [...shape], dtype === "uint8" ? "int32" : dtype),
    ]),
  ) as unknown as Given;
  const called = new Set<string>();
  for (const name of all) {
    const { kernels } = await tf.profile(() => cases[name](given));
    for (const { name } of kernels) called.add(name);
  }
  // `Add` came after `AddV2` in name alone; Philox is the project's own, with tests of its own
  const elsewhere = ["AddV2", "Philox"];
  assertEquals(
    Object.keys(kernels).filter((name) => !called.has(name) && !elsewhere.includes(name)),
    [],
  );
});

for (const { kind, label, ignore, open } of [...others, await cudaEngine()]) {
  Deno.test({
    name: `every kernel computes what it does on the engine cpu [${label}]`,
    ignore,
    fn: async () => {
      using cpu = await judge.open();
      const expected = await run(cpu, all);
      using engine = await open();
      const actual = await run(engine, all);
      const wrong = all.filter((name) => {
        const limit = expected[name] instanceof Int32Array ? 0 : 2e-6;
        return !(relativeDifference(actual[name], expected[name]) <= limit);
      });
      assertEquals(
        wrong.map((name) => ({ name, actual: actual[name], expected: expected[name] })),
        [],
      );
      assert(all.every((name) => expected[name].length > 0), `${kind}: nothing was computed`);
    },
  });
}
