/** Penalties of input gradients of a linear model beside their closed forms in float64. */
import { assert } from "@std/assert";
import { assertClose } from "../../../tests/close.ts";
import { openEngine } from "../../engines/mod.ts";
import { sizeOf } from "../../tracing/graph.ts";
import { type Objective, objectiveOf } from "../method.ts";
import { checkForm, classify, crossEntropy, type Form, mean, slope } from "./_closed_form.ts";
import type { Weights } from "./_closed_form.ts";
import { classes, labels, linear, openProblem } from "./_problem.ts";
import { method as cure } from "./cure.ts";
import { method as deepDataGradient } from "./deep_data_gradient.ts";
import { method as fgsmAug } from "./fgsm_aug.ts";
import { method as gradientFamily } from "./gradient_family.ts";
import { method as igrFd } from "./igr_fd.ts";
import { method as igrL1Db } from "./igr_l1_db.ts";
import { method as igrL2 } from "./igr_l2.ts";

const epsilon = 0.1;

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const l1 = (values: readonly number[]) => sum(values.map(Math.abs));
const squared = (values: readonly number[]) => sum(values.map((value) => value ** 2));

/** `W v` of each image. */
const times = (weights: Weights, vector: readonly number[], size: number) =>
  Array.from(
    { length: size },
    (_, j) => sum(vector.map((value, k) => value * weights[j * classes + k])),
  );

/** Cross-entropy and the mean over the batch of something of each image. */
const plus =
  (penalty: (weights: Weights, image: readonly number[], label: number) => number): Form =>
  (weights, images) =>
    crossEntropy(weights, images) +
    mean(images.map((image, i) => penalty(weights, image, labels[i])));

/** An image moved along the sign of its gradient, of which the weights are constants. */
const alongSign = (constant: Weights, image: readonly number[], label: number, step: number) => {
  const signs = slope(constant, image, label).map(Math.sign);
  return image.map((pixel, j) => pixel + step * signs[j]);
};

const loss = (weights: Weights, image: readonly number[], label: number) =>
  classify(weights, image, label).loss;

const cases: readonly [name: string, Objective, (constant: Weights) => Form][] = [
  [
    "igr-l2: half the square of W (softmax - y)",
    objectiveOf(igrL2, { lambda: 2, of: "loss" }),
    () => plus((weights, image, label) => squared(slope(weights, image, label))),
  ],
  [
    "igr-l2: half the square of W (softmax - 1 / classes)",
    objectiveOf(igrL2, { lambda: 2, of: "log-probabilities" }),
    () =>
      plus((weights, image, label) => {
        const { residual } = classify(weights, image, label);
        const apart = residual.map((value, k) => value + Number(k === label) - 1 / classes);
        return squared(times(weights, apart, image.length));
      }),
  ],
  [
    "igr-l1-db: the norm of p_y W (y - softmax)",
    objectiveOf(igrL1Db, { lambda: 2, epsilon, of: "probability" }),
    () =>
      plus((weights, image, label) =>
        2 * epsilon * Math.exp(-loss(weights, image, label)) * l1(slope(weights, image, label))
      ),
  ],
  [
    "igr-l1-db: the norm of the label's column of W",
    objectiveOf(igrL1Db, { lambda: 2, epsilon, of: "logit" }),
    () =>
      plus((weights, image, label) => {
        const own = Array.from({ length: classes }, (_, k) => Number(k === label));
        return 2 * epsilon * l1(times(weights, own, image.length));
      }),
  ],
  [
    "igr-fd: half the square of a difference along the sign",
    objectiveOf(igrFd, { lambda: 2, norm: "l1", h: 0.5 }),
    (constant) =>
      plus((weights, image, label) => {
        const there = alongSign(constant, image, label, 0.5 / Math.sqrt(image.length));
        return ((loss(weights, there, label) - loss(weights, image, label)) / 0.5) ** 2;
      }),
  ],
  [
    "igr-fd: half the square of a difference along the gradient",
    objectiveOf(igrFd, { lambda: 2, norm: "l2", h: 0.5 }),
    (constant) =>
      plus((weights, image, label) => {
        const way = slope(constant, image, label), length = Math.sqrt(squared(way));
        const there = image.map((pixel, j) => pixel + 0.5 * way[j] / length);
        return ((loss(weights, there, label) - loss(weights, image, label)) / 0.5) ** 2;
      }),
  ],
  [
    "fgsm-aug: cross-entropy at x and at x + epsilon sign(W (softmax - y))",
    objectiveOf(fgsmAug, { epsilon, clip: false }),
    (constant) =>
      plus((weights, image, label) =>
        loss(weights, alongSign(constant, image, label, epsilon), label)
      ),
  ],
  [
    "gradient-family: igr's with lambda 1",
    objectiveOf(gradientFamily, { ball: "l-infinity", epsilon }),
    () => plus((weights, image, label) => epsilon * l1(slope(weights, image, label))),
  ],
  [
    "gradient-family: the L2 norm of W (softmax - y)",
    objectiveOf(gradientFamily, { ball: "l2", epsilon }),
    () => plus((...given) => epsilon * Math.sqrt(squared(slope(...given)))),
  ],
  [
    "gradient-family: the largest element of W (softmax - y)",
    objectiveOf(gradientFamily, { ball: "l1", epsilon }),
    () => plus((...given) => epsilon * Math.max(...slope(...given).map(Math.abs))),
  ],
  [
    "deep-data-gradient: a difference along the sign",
    objectiveOf(deepDataGradient, { lambda: 2, epsilon, phi: 0.05 }),
    (constant) =>
      plus((weights, image, label) => {
        const there = loss(weights, alongSign(constant, image, label, 0.05), label);
        return 2 * epsilon * (there - loss(weights, image, label)) / 0.05;
      }),
  ],
  [
    "deep-data-gradient: FGSM, with phi = epsilon",
    objectiveOf(deepDataGradient, { lambda: 1, epsilon, phi: epsilon }),
    (constant) => (weights, images) =>
      crossEntropy(
        weights,
        images.map((image, i) => alongSign(constant, image, labels[i], epsilon)),
      ),
  ],
  [
    "cure: the square of how W (softmax - y) changes, half way up the ramp of h",
    objectiveOf(cure, { lambda: 2, h: 1, ramp_epochs: 4 }),
    (constant) =>
      plus((weights, image, label) => {
        const there = alongSign(constant, image, label, 0.5 / Math.sqrt(image.length));
        const before = slope(weights, image, label), after = slope(weights, there, label);
        return 2 * squared(before.map((value, j) => after[j] - value));
      }),
  ],
];

for (const [name, objective, formOf] of cases) {
  Deno.test(`objective of ${name} on a linear model`, () => checkForm(objective, formOf));
}

Deno.test("L2 norms of gradients that are 0 have a derivative", async () => {
  using engine = await openEngine({ kind: "cpu" });
  for (
    const objective of [
      objectiveOf(gradientFamily, { ball: "l2", epsilon }),
      objectiveOf(igrFd, { lambda: 2, norm: "l2", h: 0.5 }),
    ]
  ) {
    using problem = await openProblem(engine, objective, linear);
    const { loss, ...found } = await problem.run({
      matrix: new Float32Array(sizeOf(linear.weights.matrix)),
      bias: new Float32Array(classes),
    });
    assertClose(loss, [Math.log(classes)], 1e-6, { label: objective.name });
    assert(found["gradient/matrix"].every(Number.isFinite), objective.name);
  }
});
