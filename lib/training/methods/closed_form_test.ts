/** Objectives of a linear model beside their closed forms in float64. */
import { type Objective, objectiveOf } from "../method.ts";
import {
  around,
  attacked,
  checkForm,
  crossEntropy,
  type Form,
  mean,
  slope,
  type Weights,
} from "./_closed_form.ts";
import { labels } from "./_problem.ts";
import { method as fgsm } from "./fgsm.ts";
import { method as igr } from "./igr.ts";
import { method as natural } from "./natural.ts";

const epsilon = 0.1;

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
      crossEntropy(weights, attacked(constant, images, { epsilon, step: epsilon })),
  ],
  [
    "fgsm: a step of 1.25 epsilon from a random start, inside the ball",
    objectiveOf(fgsm, { epsilon, step_size: 1.25 * epsilon, start: "random" }),
    (constant) => (weights, images, { noise }) => {
      const starts = around(images, noise, epsilon);
      const step = 1.25 * epsilon;
      return crossEntropy(weights, attacked(constant, images, { epsilon, step, starts }));
    },
  ],
];

for (const [name, objective, formOf] of cases) {
  Deno.test(`objective of ${name} on a linear model`, () => checkForm(objective, formOf));
}
