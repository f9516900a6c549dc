import { assertEquals } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { engines } from "../../tests/engines.ts";
import type { Engine, Program } from "../engines/engine.ts";
import { stream } from "../random/philox.ts";
import { tf } from "../tensorflow/mod.ts";
import { schedule } from "./graph.ts";
import { lowerForCpu } from "./lower_for_cpu.ts";
import { precisionOf, withPrecision } from "./precision.ts";
import { trace } from "./trace.ts";

/** The gradient of a weighted sum of a strided convolution's output with respect to its images. */
function program(kernel: number, size: [number, number], precision?: "bf16"): Program {
  const padding = (kernel - 1) / 2, [height, width] = size;
  return {
    name: "strided gradient",
    precision,
    inputs: {
      filters: { shape: [kernel, kernel, 6, 5], dtype: "float32" },
      weights: { shape: [2, height / 2, width / 2, 5], dtype: "float32" },
    },
    build: ({ filters, weights }) => ({
      gradient: tf.grad((x) =>
        tf.sum(tf.mul(tf.conv2d(x as Tensor4D, filters as Tensor4D, 2, padding), weights))
      )(tf.zeros([2, height, width, 6])),
    }),
  };
}

const dilations = (given: Program) =>
  schedule(lowerForCpu(withPrecision(trace(given), precisionOf(given), "cpu"))).flatMap((
    { operation },
  ) => operation.kind === "convolution" ? [...operation.inputDilation] : []);

Deno.test("splitStridedGradient() leaves no dilated convolution where products are cheap", () => {
  assertEquals(dilations(program(3, [8, 6], "bf16")), [1, 1]);
  assertEquals(dilations(program(1, [8, 6], "bf16")), [1, 1]);
  assertEquals(dilations(program(3, [8, 6])), [2, 2]);
});

/** Whole numbers from -2 to 2, of which bfloat16 holds sums of products exactly. */
function whole(shape: readonly number[]): Float32Array<ArrayBuffer> {
  const random = stream(7, "whole numbers");
  return Float32Array.from(
    { length: shape.reduce((n, d) => n * d, 1) },
    () => random.integer(5) - 2,
  );
}

async function gradientOn(engine: Engine, given: Program) {
  using executable = await engine.compile(given);
  const inputs = Object.fromEntries(
    Object.entries(given.inputs).map(([name, spec]) => [
      name,
      engine.put(whole(spec.shape), spec),
    ]),
  );
  return await engine.read((await executable.run(inputs)).gradient);
}

const [cpu, pjrt] = await engines();
for (const kernel of [1, 3, 5, 7]) {
  Deno.test({
    name: `splitStridedGradient() keeps the values of ${kernel}x${kernel} filters [${pjrt.label}]`,
    ignore: pjrt.ignore,
    fn: async () => {
      using eager = await cpu.open();
      using compiled = await pjrt.open();
      for (const size of [[8, 6], [2, 4], [10, 2]] as [number, number][]) {
        const want = await gradientOn(eager, program(kernel, size));
        assertEquals(await gradientOn(compiled, program(kernel, size, "bf16")), want);
      }
    },
  });
}
