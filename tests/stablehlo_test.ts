import { assertEquals } from "@std/assert";
import type { Scalar, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Program, Spec } from "../lib/engines/mod.ts";
import { toStableHlo } from "../lib/stablehlo/print.ts";
import { convolution, logSoftmax, tf } from "../lib/tensorflow/mod.ts";
import { trace } from "../lib/tracing/trace.ts";
import { permitted } from "./permitted.ts";

const float32 = (...shape: number[]): Spec => ({ shape, dtype: "float32" });

/** One convolution, softplus and a linear layer, regularised by the input gradient's L1 norm. */
const step: Program = {
  name: "small igr step",
  inputs: {
    images: float32(2, 4, 4, 3),
    labels: float32(2, 5),
    filters: float32(3, 3, 3, 2),
    weights: float32(2, 5),
  },
  donate: { filters: "filters" },
  build({ images, labels, filters, weights }) {
    const objective = (filters: Tensor4D) => {
      const sum = (images: Tensor4D) => {
        const pooled = tf.mean(tf.softplus(convolution(images, filters, 2)), [1, 2]);
        return tf.neg(
          tf.sum(tf.mul(logSoftmax(tf.matMul(pooled, weights) as Tensor2D), labels)),
        ) as Scalar;
      };
      const { value, grad } = tf.valueAndGrad(sum)(images as Tensor4D);
      return tf.div(tf.add(value, tf.mul(0.05, tf.sum(tf.abs(grad)))), 2) as Scalar;
    };
    const { value, grad } = tf.valueAndGrad(objective)(filters as Tensor4D);
    return { loss: value, filters: tf.sub(filters, tf.mul(0.1, grad)) };
  },
};

permitted("toStableHlo() prints a small step as in its snapshot", async () => {
  const path = new URL("./golden/small_igr_step.mlir", import.meta.url);
  const text = toStableHlo(trace(step));
  if (Deno.args.includes("--update")) await Deno.writeTextFile(path, text);
  assertEquals(
    text,
    await Deno.readTextFile(path),
    "The text changed; if it should: deno test -A tests/stablehlo_test.ts -- --update",
  );
});

Deno.test("trace() gives the same text every time", () => {
  assertEquals(toStableHlo(trace(step)), toStableHlo(trace(step)));
});
