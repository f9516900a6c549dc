/**
 * A process that loads a binding, computes a convolution and a gradient of a gradient with it, and
 * prints what it loaded as JSON.
 *
 * @module
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import { convolution, tf } from "../tensorflow/mod.ts";
import { loadBinding } from "./load.ts";

const binding = await loadBinding(Deno.args[0]).catch((error: Error) => {
  console.error(error.message);
  Deno.exit(1);
});
await tf.setBackend("tensorflow");

const images = tf.reshape(tf.range(0, 32), [1, 4, 4, 2]) as Parameters<typeof convolution>[0];
const filters = tf.ones([3, 3, 2, 1]) as Parameters<typeof convolution>[1];
const weighed = (x: Tensor) => tf.sum(tf.square(convolution(x as typeof images, filters, 2)));
const slope = (x: Tensor) => tf.sum(tf.exp(tf.mul(x, 0.5)));
const computed = {
  // sums over the windows of a 3x3 convolution of stride 2
  convolution: [convolution(images, filters, 2), [44, 102, 210, 369]],
  // of the first pixel, which only the first window sees: twice that window's sum
  gradient: [tf.slice(tf.grad(weighed)(images), [0, 0, 0, 0], [1, 1, 1, 1]), [88]],
  // d/dx (e^(x/2) / 2)^2 = e^x / 4
  "second-order gradient": [
    tf.grad((x) => tf.sum(tf.square(tf.grad(slope)(x))))(tf.tensor1d([0, 1])),
    [0.25, Math.E / 4],
  ],
} satisfies Record<string, [Tensor, number[]]>;

for (const [name, [tensor, expected]] of Object.entries(computed)) {
  const actual = [...await (tensor as Tensor).data()];
  const close = actual.length === expected.length &&
    actual.every((value, i) => Math.abs(value - expected[i]) <= 1e-5 * Math.abs(expected[i]));
  if (!close) throw new Error(`its ${name} is ${actual.join(", ")}, expected ${expected}`);
}
console.log(JSON.stringify({ ...binding, deno: Deno.version.deno }));
