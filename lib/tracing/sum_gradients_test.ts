import { assertEquals } from "@std/assert";
import { tf } from "../tensorflow/mod.ts";
import { trace } from "./trace.ts";

Deno.test("trace() of the gradients of sums and means writes out no array of the images' size", () => {
  const shape = [1 << 20, 1 << 20]; // more than any array holds
  const { results } = trace({
    name: "gradients",
    inputs: { x: { shape, dtype: "float32" } },
    build: ({ x }) => ({
      sum: tf.grad((x) => tf.sum(tf.square(x), 1))(x),
      mean: tf.grad((x) => tf.mean(tf.square(x), [0]))(x),
    }),
  });
  assertEquals([results.sum.shape, results.mean.shape], [shape, shape]);
});
