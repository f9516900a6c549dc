/** Small classifiers whose robustness is known, for tests. @module */
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { Classifier } from "../models/classifier.ts";
import { sizeOf } from "../tracing/graph.ts";
import { tf } from "../tensorflow/mod.ts";

/** `z = flatten(x) w + b`, `w` of shape `[pixels, classes]`. */
export function linearClassifier(
  image: readonly [number, number, number],
  w: ArrayLike<number>,
  b: ArrayLike<number>,
): Classifier {
  const pixels = sizeOf(image), classes = b.length;
  return {
    name: "linear",
    classes,
    image,
    weights: {
      w: { shape: [pixels, classes], data: Float32Array.from(w) },
      b: { shape: [classes], data: Float32Array.from(b) },
    },
    logits: ({ w, b }, x) =>
      tf.add(tf.matMul(tf.reshape(x, [-1, pixels]), w as Tensor2D), b as Tensor) as Tensor2D,
  };
}

/** A smooth network with one hidden layer: `tanh(flatten(x) w) v`. */
export function hiddenClassifier(
  image: readonly [number, number, number],
  hidden: number,
  classes: number,
  random: () => number,
): Classifier {
  const pixels = sizeOf(image);
  const draw = (n: number, scale: number) =>
    Float32Array.from({ length: n }, () => scale * (2 * random() - 1));
  return {
    name: "hidden",
    classes,
    image,
    weights: {
      w: { shape: [pixels, hidden], data: draw(pixels * hidden, 3) },
      v: { shape: [hidden, classes], data: draw(hidden * classes, 2) },
    },
    logits: ({ w, v }, x) =>
      tf.matMul(
        tf.tanh(tf.matMul(tf.reshape(tf.sub(x, 0.5), [-1, pixels]), w as Tensor2D)),
        v as Tensor2D,
      ) as Tensor2D,
  };
}

/**
 * Smallest `epsilon` at which a linear classifier can be made to give class `t` at least as high a
 * logit as class `y` inside the box: bisection, independent of the attacks' projection.
 */
export function linearDistance(
  { weights: { w, b } }: Classifier,
  image: ArrayLike<number>,
  y: number,
  t: number,
): number {
  const classes = b.data.length;
  const gap = (epsilon: number) => {
    let difference = b.data[t] - b.data[y];
    for (let i = 0; i < image.length; i++) {
      const slope = w.data[i * classes + t] - w.data[i * classes + y];
      const moved = image[i] + epsilon * Math.sign(slope);
      difference += slope * Math.min(1, Math.max(0, moved));
    }
    return difference;
  };
  if (gap(1) < 0) return Infinity;
  let low = 0, high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (gap(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}
