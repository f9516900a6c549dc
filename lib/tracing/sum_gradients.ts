/**
 * The gradients of sums and means without arrays of ones.
 *
 * TensorFlow.js multiplies by `tf.ones(x.shape)`, which writes out an array as large as a batch's
 * activations: most of the time that tracing a large network takes. A fill is the same constant and
 * one number.
 *
 * @module
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";

/** Registers the gradients; each is TensorFlow.js' own, operation by operation, but for the ones. */
export function registerSumGradients(): void {
  const spread = (dy: Tensor, x: Tensor, axis: unknown) => {
    const kept = [...x.shape];
    for (const i of tf.util.parseAxisParam(axis as number[], x.shape)) kept[i] = 1;
    return tf.mul(tf.reshape(dy, kept), tf.fill(x.shape, 1));
  };
  tf.registerGradient({
    kernelName: "Sum",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], { axis }) => ({ x: () => spread(dy as Tensor, x, axis) }),
  });
  tf.registerGradient({
    kernelName: "Mean",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], { axis }) => {
      const axes = tf.util.parseAxisParam(axis as number[], x.shape);
      const count = axes.reduce((product, i) => product * x.shape[i], 1);
      return { x: () => tf.div(spread(dy as Tensor, x, axis), count) };
    },
  });
}
