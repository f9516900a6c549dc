/** Objectives of a linear model beside their closed forms in float64. */
import { assertClose } from "../../../tests/close.ts";
import { openEngine } from "../../engines/mod.ts";
import { type Objective, objectiveOf } from "../method.ts";
import { classes, given, labels, linear, openProblem, shape } from "./_problem.ts";
import { method as fgsm } from "./fgsm.ts";
import { method as igr } from "./igr.ts";
import { method as natural } from "./natural.ts";

const [count, height, width, channels] = shape, size = height * width * channels;
const epsilon = 0.1;

/** Weights `[size * classes]` and then the bias, in one list. */
type Weights = readonly number[];

/** `softmax(x W + b) - y` of an image, and its cross-entropy. */
function classify(weights: Weights, image: readonly number[], label: number) {
  const logits = Array.from({ length: classes }, (_, k) =>
    image.reduce(
      (sum, pixel, j) => sum + pixel * weights[j * classes + k],
      weights[size * classes + k],
    ));
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const residual = logits.map((logit, k) => Math.exp(logit) / total - Number(k === label));
  return { residual, loss: Math.log(total) - logits[label] };
}

/** The loss' gradient with respect to an image: `W (softmax - y)`. */
const slope = (weights: Weights, image: readonly number[], label: number) => {
  const { residual } = classify(weights, image, label);
  return image.map((_, j) =>
    residual.reduce((sum, value, k) => sum + value * weights[j * classes + k], 0)
  );
};

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
const clip = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** What a form says of a batch, given also as one list, image after image. */
type Form = (weights: Weights, images: number[][], noise: number[][]) => number;

const crossEntropy = (weights: Weights, images: readonly number[][]) =>
  mean(images.map((image, i) => classify(weights, image, labels[i]).loss));

/** Images of which the weights that attack are constants. */
const attacked = (
  constant: Weights,
  images: number[][],
  { step, starts = images }: { step: number; starts?: number[][] },
) =>
  images.map((image, i) => {
    const signs = slope(constant, starts[i], labels[i]).map(Math.sign);
    return image.map((pixel, j) => {
      const moved = clip(starts[i][j] + step * signs[j] - pixel, -epsilon, epsilon);
      return clip(pixel + moved, 0, 1);
    });
  });

const penalised = (lambda: number): Form => (weights, images) =>
  crossEntropy(weights, images) + lambda * epsilon * mean(
      images.map((image, i) =>
        slope(weights, image, labels[i]).reduce((sum, value) => sum + Math.abs(value), 0)
      ),
    );

const cases: readonly [name: string, Objective, (constant: Weights) => Form][] = [
  ["natural: cross-entropy", objectiveOf(natural, {}), () => crossEntropy],
  [
    "igr: cross-entropy and the norm of W (softmax - y)",
    objectiveOf(igr, { lambda: 2, epsilon, ramp_epochs: 0 }),
    () => penalised(2),
  ],
  [
    "igr: half of lambda, half way up its ramp",
    objectiveOf(igr, { lambda: 2, epsilon, ramp_epochs: 4 }),
    () => penalised(1),
  ],
  [
    "fgsm: cross-entropy at x + epsilon sign(W (softmax - y))",
    objectiveOf(fgsm, { epsilon, step_size: epsilon, start: "zero" }),
    (constant) => (weights, images) =>
      crossEntropy(weights, attacked(constant, images, { step: epsilon })),
  ],
  [
    "fgsm: a step of 1.25 epsilon from a random start, inside the ball",
    objectiveOf(fgsm, { epsilon, step_size: 1.25 * epsilon, start: "random" }),
    (constant) => (weights, images, noise) => {
      const starts = images.map((image, i) =>
        image.map((pixel, j) => clip(pixel + epsilon * noise[i][j], 0, 1))
      );
      return crossEntropy(weights, attacked(constant, images, { step: 1.25 * epsilon, starts }));
    },
  ],
];

for (const [name, objective, formOf] of cases) {
  Deno.test(`objective of ${name} on a linear model`, async () => {
    using engine = await openEngine({ kind: "cpu" });
    using problem = await openProblem(engine, objective, linear);
    const found = await problem.run(), data = given(objective, linear);
    const rows = (values: ArrayLike<number> = []) =>
      Array.from(
        { length: count },
        (_, i) => [...Array.from(values).slice(i * size, (i + 1) * size)],
      );
    const weights = [...data.matrix, ...data.bias], form = formOf(weights);
    const at = (weights: Weights) => form(weights, rows(data.images), rows(data.noise));
    assertClose(found.loss, [at(weights)], 1e-6, { label: "loss" });
    const h = 1e-5,
      nudged = (by: number, at: number) => weights.map((weight, i) => weight + (i === at ? by : 0));
    const gradient = weights.map((_, i) => (at(nudged(h, i)) - at(nudged(-h, i))) / (2 * h));
    const actual = [...found["gradient/matrix"], ...found["gradient/bias"]];
    assertClose(actual, gradient, 1e-5, { label: "gradient" });
  });
}
