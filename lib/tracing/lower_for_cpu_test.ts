import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine, Program } from "../engines/engine.ts";
import { stream } from "../random/philox.ts";
import { tf } from "../tensorflow/mod.ts";
import { engines } from "../../tests/engines.ts";
import { schedule } from "./graph.ts";
import { forwardLabels } from "./convolution_kernels.ts";
import { lowerForCpu } from "./lower_for_cpu.ts";
import { trace } from "./trace.ts";

const images = [2, 6, 8, 64], filters = [3, 3, 64, 64];

/** The gradient of a weighted sum of a convolution's output with respect to the filters. */
const program: Program = {
  name: "filter gradient",
  inputs: {
    x: { shape: images, dtype: "float32" },
    filters: { shape: filters, dtype: "float32" },
    weights: { shape: images, dtype: "float32" },
  },
  build: ({ x, filters, weights }) => ({
    gradient: tf.grad((f) =>
      tf.sum(tf.mul(tf.conv2d(x as Tensor4D, f as Tensor4D, 1, 1), weights))
    )(
      filters,
    ),
  }),
};

Deno.test("lowerForCpu() folds the gradient of wide filters into long rows", () => {
  const graph = lowerForCpu(trace(program));
  const convolutions = schedule(graph).flatMap(({ operation }) =>
    operation.kind === "convolution" ? [operation.labels] : []
  );
  assertEquals(convolutions, [forwardLabels]);
});

Deno.test("lowerForCpu() lets nothing be merged into a convolution or a matrix product", () => {
  const spec = (shape: number[]) => ({ shape, dtype: "float32" as const });
  const nodes = schedule(lowerForCpu(trace({
    name: "classifier",
    inputs: { x: spec(images), filters: spec(filters), weights: spec([64, 10]) },
    build: ({ x, filters, weights }) => {
      const logits = (x: Tensor) => {
        const features = tf.relu(tf.conv2d(x as Tensor4D, filters as Tensor4D, 1, 1));
        return tf.matMul(tf.mean(features, [1, 2]) as Tensor2D, weights as Tensor2D);
      };
      return { gradient: tf.grad((x) => tf.sum(tf.square(logits(x))))(x) };
    },
  })));
  const products = nodes.filter(({ operation: { kind } }) =>
    kind === "convolution" || kind === "dot"
  );
  assertEquals(products.length, 4);
  for (const product of products) {
    const users = nodes.filter((node) => node.inputs.includes(product));
    assertEquals(users.map(({ operation }) => operation.kind), ["optimization_barrier"]);
  }
});

Deno.test("lowerForCpu() leaves a graph without convolutions as it is", () => {
  const spec = { shape: [2, 3], dtype: "float32" } as const;
  const traced = trace({
    name: "unused input",
    inputs: { a: spec, unused: spec },
    build: ({ a }) => ({ sum: tf.add(tf.mul(a, Infinity), tf.mul(a, -Infinity)) }),
  });
  const kinds = (graph: typeof traced) => schedule(graph).map((node) => node.operation);
  const lowered = lowerForCpu(traced);
  assertEquals(kinds(lowered), kinds(traced));
  assertEquals(Object.keys(lowered.parameters), ["a", "unused"]);
});

const [cpu, pjrt] = await engines();
Deno.test({
  name: `lowerForCpu() keeps the gradient's values [${pjrt.label}]`,
  ignore: pjrt.ignore,
  fn: async () => {
    const numbers = (name: string, shape: number[]) => {
      const data = new Float32Array(shape.reduce((n, d) => n * d, 1));
      stream(0n, name).fill(data, -1, 1);
      return data;
    };
    const given = { x: images, filters, weights: images };
    const run = async (engine: Engine) => {
      using executable = await engine.compile(program);
      const inputs = Object.fromEntries(
        Object.entries(given).map(([name, shape]) => [
          name,
          engine.put(numbers(name, shape), { shape, dtype: "float32" }),
        ]),
      );
      return await engine.read((await executable.run(inputs)).gradient);
    };
    using eager = await cpu.open();
    using compiled = await pjrt.open();
    const [want, got] = [await run(eager), await run(compiled)];
    assert(want.some((value) => Math.abs(value) > 1));
    want.forEach((value, i) => assertAlmostEquals(got[i], value, 1e-4));
  },
});
