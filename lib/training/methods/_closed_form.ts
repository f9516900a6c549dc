/** Objectives of the linear model in float64, as tests compare them with closed forms. @module */
import { assertClose } from "../../../tests/close.ts";
import type { HostData } from "../../engines/engine.ts";
import { openEngine } from "../../engines/mod.ts";
import type { Objective } from "../method.ts";
import { classes, given, labels, linear, openProblem, shape } from "./_problem.ts";

const [count, height, width, channels] = shape, size = height * width * channels;

/** Weights `[size * classes]` and then the bias, in one list. */
export type Weights = readonly number[];

/** What is given besides weights, each of one row for each image. */
export interface Given {
  readonly noise: number[][];
  /** Of `Method.state`, and what `Method.constants` gave, by name. */
  readonly state: Readonly<Record<string, number[][]>>;
  readonly constants: Readonly<Record<string, number[][]>>;
}

/** What a form says of a batch. */
export type Form = (weights: Weights, images: number[][], given: Given) => number;

/** `softmax(x W + b) - y` of an image, its cross-entropy, and whether it is misclassified. */
export function classify(weights: Weights, image: readonly number[], label: number) {
  const logits = Array.from({ length: classes }, (_, k) =>
    image.reduce(
      (sum, pixel, j) => sum + pixel * weights[j * classes + k],
      weights[size * classes + k],
    ));
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const residual = logits.map((logit, k) => Math.exp(logit) / total - Number(k === label));
  const wrong = logits[label] < Math.max(...logits);
  return { residual, loss: Math.log(total) - logits[label], wrong };
}

/** The loss' gradient with respect to an image: `W (softmax - y)`. */
export const slope = (weights: Weights, image: readonly number[], label: number): number[] => {
  const { residual } = classify(weights, image, label);
  return image.map((_, j) =>
    residual.reduce((sum, value, k) => sum + value * weights[j * classes + k], 0)
  );
};

export const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b) / values.length;

export const clip = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Mean cross-entropy of the batch's labels. */
export const crossEntropy = (weights: Weights, images: readonly number[][]): number =>
  mean(images.map((image, i) => classify(weights, image, labels[i]).loss));

/** Images that sign steps lead to from where they start, by weights that are constants. */
export const attacked = (
  constant: Weights,
  images: readonly number[][],
  { epsilon, step, starts = images, steps = 1 }: {
    epsilon: number;
    step: number;
    starts?: readonly number[][];
    steps?: number;
  },
): number[][] =>
  images.map((image, i) => {
    let point = starts[i];
    for (let s = 0; s < steps; s++) {
      const signs = slope(constant, point, labels[i]).map(Math.sign);
      point = image.map((pixel, j) => {
        const moved = clip(point[j] + step * signs[j] - pixel, -epsilon, epsilon);
        return clip(pixel + moved, 0, 1);
      });
    }
    return [...point];
  });

/** Points of noise around images, in [0, 1]. */
export const around = (
  images: readonly number[][],
  noise: readonly number[][],
  epsilon: number,
): number[][] =>
  images.map((image, i) => image.map((pixel, j) => clip(pixel + epsilon * noise[i][j], 0, 1)));

/**
 * Asserts that an objective has a form's value, and its gradient by differences.
 *
 * @param changes What is given in the place of the problem's own numbers
 */
export async function checkForm(
  objective: Objective,
  formOf: (constant: Weights) => Form,
  changes: Readonly<Record<string, HostData>> = {},
): Promise<void> {
  using engine = await openEngine({ kind: "cpu" });
  using problem = await openProblem(engine, objective, linear);
  const found = await problem.run(changes), data = { ...given(objective, linear), ...changes };
  const rows = (values: ArrayLike<number> = []) =>
    Array.from(
      { length: count },
      (_, i) => [...Array.from(values).slice(i * size, (i + 1) * size)],
    );
  const group = (tensors: Record<string, ArrayLike<number>>, prefix: string) =>
    Object.fromEntries(
      Object.entries(tensors).flatMap(([name, values]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), rows(values)]] : []
      ),
    );
  const weights = [...data.matrix, ...data.bias], form = formOf(weights);
  const at = (weights: Weights) =>
    form(weights, rows(data.images), {
      noise: rows(data.noise),
      state: group(data, "method/"),
      constants: group(found, "constant/"),
    });
  assertClose(found.loss, [at(weights)], 1e-6, { label: "loss" });
  const h = 1e-5,
    nudged = (by: number, at: number) => weights.map((weight, i) => weight + (i === at ? by : 0));
  const gradient = weights.map((_, i) => (at(nudged(h, i)) - at(nudged(-h, i))) / (2 * h));
  const actual = [...found["gradient/matrix"], ...found["gradient/bias"]];
  assertClose(actual, gradient, 1e-5, { label: "gradient" });
}
