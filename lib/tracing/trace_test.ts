import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Program, Tensors } from "../engines/engine.ts";
import { tf } from "../tensorflow/mod.ts";
import { schedule } from "./graph.ts";
import { trace } from "./trace.ts";

const spec = { shape: [2, 3], dtype: "float32" } as const;
const program = (build: Program["build"], more: Partial<Program> = {}): Program => ({
  name: "test",
  inputs: { a: spec, b: spec },
  build,
  ...more,
});
const kinds = (build: Program["build"]) =>
  schedule(trace(program(build))).map(({ operation: o }) =>
    "op" in o ? `${o.kind} ${o.op}` : o.kind
  );

Deno.test("trace() keeps one of equal nodes and none that no result needs", () => {
  const build = ({ a, b }: Tensors) => {
    tf.exp(b);
    return { x: tf.mul(tf.add(a, b), tf.add(a, b)) };
  };
  assertEquals(kinds(build), ["parameter", "parameter", "binary add", "binary multiply"]);
});

Deno.test("trace() folds constants and operations that change nothing", () => {
  const same = ["parameter"];
  assertEquals(kinds(({ a }) => ({ x: tf.add(tf.mul(a, 1), tf.zerosLike(a)) })), same);
  assertEquals(kinds(({ a }) => ({ x: tf.transpose(tf.transpose(a)) })), same);
  assertEquals(kinds(({ a }) => ({ x: tf.neg(tf.neg(a)) })), same);
  assertEquals(kinds(({ a }) => ({ x: tf.reshape(tf.reshape(a, [6]), [2, 3]) })), same);
  assertEquals(kinds(() => ({ x: tf.add(tf.scalar(2), tf.scalar(3)) })), ["splat"]);
});

Deno.test("trace() takes bytes before it widens them", () => {
  const graph = trace({
    name: "taking",
    inputs: {
      bytes: { shape: [9, 4], dtype: "uint8" },
      rows: { shape: [2, 3], dtype: "int32" },
    },
    build: ({ bytes, rows }) => ({ x: tf.gather(bytes, rows as Tensor2D) }),
  });
  const taken = schedule(graph).map(({ operation: { kind }, dtype, shape }) =>
    `${kind} ${dtype} ${shape}`
  );
  assertEquals(taken.slice(2), ["gather uint8 2,3,4", "convert int32 2,3,4"]);
});

Deno.test("trace() keeps constants apart that are equal as text only", () => {
  const graph = trace(program(({ a }) => ({
    x: tf.stack([tf.mul(a, NaN), tf.mul(a, Infinity), tf.mul(a, -Infinity), tf.mul(a, -0)]),
  })));
  const values = schedule(graph).flatMap(({ operation }) =>
    operation.kind === "splat" ? [operation.value] : []
  );
  assertEquals(values.map((value) => Object.is(value, -0) ? "-0" : `${value}`), [
    "NaN",
    "Infinity",
    "-Infinity",
    "-0",
  ]);
});

Deno.test("trace() makes one number of a constant whose elements are all the same bits, and copies others", () => {
  const mixed = Float32Array.of(1, 1, 2), zeros = Float32Array.of(0, 0, -0);
  const graph = trace(program(({ a }) => ({
    x: tf.addN([tf.tensor(mixed), tf.tensor(zeros), tf.tensor([7, 7, 7])]),
    a,
    y: tf.tensor(Uint8Array.of(3, 3, 4), [3], "int32"),
    z: tf.tensor([true, true], [2], "bool"),
  })));
  mixed.fill(9);
  const operations = schedule(graph).map(({ operation }) => operation);
  assertEquals(
    operations.flatMap((made) => made.kind === "dense" ? [[...made.data]] : []),
    [[1, 1, 2], [0, 0, -0], [3, 3, 4]],
  );
  const splats = operations.flatMap((made) => made.kind === "splat" ? [made.value] : []);
  assertEquals(splats.filter((value) => value === 7 || value === 1), [7, 1]);
});

Deno.test("trace() refuses what cannot be compiled", async () => {
  await tf.setBackend("cpu");
  const outside = tf.tensor([1, 2, 3]);
  const cases: [build: Program["build"], text: string][] = [
    [
      ({ a }) => ({ x: tf.scalar(a.dataSync()[0]) }),
      "Cannot read a tensor while a program is traced",
    ],
    [() => ({ x: 3 as never }), 'output "x" is number, expected a tensor'],
    [({ a }) => ({ x: tf.add(a, outside) }), "made outside of the program: pass it as an input"],
    [({ a }) => ({ x: tf.cumsum(a) }), "Cumsum"],
  ];
  for (const [build, text] of cases) {
    const error = assertThrows(() => trace(program(build)), Error);
    assertStringIncludes(error.message, text);
  }
  assertThrows(
    () => trace(program(({ a }) => ({ x: tf.sum(a) }), { donate: { a: "x" } })),
    TypeError,
    'Cannot donate input "a" (float32[2, 3]) of "test" to output "x" (float32[])',
  );
  outside.dispose();
});
