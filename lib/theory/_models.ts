/** Small models whose numbers are known, for tests. @module */
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { createVictim } from "../attacks/victim/create_victim.ts";
import type { Victim } from "../attacks/victim/victim.ts";
import type { Engine } from "../engines/engine.ts";
import { activation as gelu } from "../models/activations/gelu.ts";
import { activation as relu } from "../models/activations/relu.ts";
import { activation as softplus } from "../models/activations/softplus.ts";
import type { Classifier, HostTensor } from "../models/classifier.ts";
import { convolution, tf } from "../tensorflow/mod.ts";
import { hashed } from "../../tests/hashed.ts";
import { marginLoss } from "./slopes.ts";

/** Shape of the images of {@linkcode curved}. */
export const IMAGE = [3, 3, 2] as const;

/** Its images and their labels. */
export const COUNT = 4, LABELS = [0, 1, 2, 0];

const ACTIVATIONS = { gelu, relu, softplus } as const;

/** Activations of {@linkcode curved}. */
export type ActivationName = keyof typeof ACTIVATIONS;

const tensor = (name: string, shape: readonly number[], low: number, high: number): HostTensor => ({
  shape,
  data: hashed(`theory:${name}`, shape, low, high),
});

/** A convolution, an activation, the mean over all pixels and a linear layer, with 3 classes. */
export const curved = (name: ActivationName): Classifier => ({
  name: `curved ${name}`,
  classes: 3,
  image: IMAGE,
  weights: {
    filters: tensor("filters", [3, 3, 2, 4], -2, 2),
    matrix: tensor("matrix", [4, 3], -4, 4),
  },
  logits({ filters, matrix }, images) {
    const { apply, defaults: parameters } = ACTIVATIONS[name];
    const x = convolution(images, filters as Tensor4D, 1);
    const activated = apply({ tf, x, parameters: parameters as { readonly beta: number } });
    return tf.matMul(tf.mean(activated, [1, 2]) as Tensor2D, matrix as Tensor2D) as Tensor2D;
  },
});

/** Arrays of numbers for each image, in the layout NHWC. */
export function hashedImages(name: string, low: number): Float32Array[] {
  const all = hashed(`theory:${name}`, [COUNT, ...IMAGE], low, 1), size = all.length / COUNT;
  return LABELS.map((_, i) => all.slice(i * size, (i + 1) * size));
}

/** Weights of {@linkcode logistic}: no two of its slopes are equal. */
export const SLOPES = [1.5, -0.75, 2, 0.5];

/**
 * Logistic regression on 4 pixels: logits 0 and `<w, x - 1/2> + 1`. With `m` the label's logit less the
 * other, the loss is `log(1 + exp(-m))`.
 */
export const logistic: Classifier = {
  name: "logistic",
  classes: 2,
  image: [2, 2, 1],
  weights: { w: { shape: [4, 1], data: Float32Array.from(SLOPES) } },
  logits({ w }, images) {
    const flat = tf.sub(tf.reshape(images, [-1, 4]), 0.5) as Tensor2D;
    const score = tf.add(tf.matMul(flat, w as Tensor2D), 1) as Tensor2D;
    return tf.concat([tf.zerosLike(score), score], 1) as Tensor2D;
  },
};

/** Logits `(x - 1/2) w + b` of 4 pixels. */
export const linear = (w: readonly (readonly number[])[], b: readonly number[]): Classifier => ({
  name: "linear",
  classes: b.length,
  image: [2, 2, 1],
  weights: {
    w: { shape: [4, b.length], data: Float32Array.from(w.flat()) },
    b: { shape: [b.length], data: Float32Array.from(b) },
  },
  logits({ w, b }, images) {
    const flat = tf.sub(tf.reshape(images, [-1, 4]), 0.5) as Tensor2D;
    return tf.add(tf.matMul(flat, w as Tensor2D), b) as Tensor2D;
  },
});

/** A model that answers for the cross-entropy, the margin and differences of logits. */
export const victimOf = (engine: Engine, classifier: Classifier, batchSize: number): Victim =>
  createVictim({ engine, classifier, batchSize, losses: { margin: marginLoss } });
