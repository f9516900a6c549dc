/** Adversarial training of a linear model beside its closed forms in float64. */
import { assert, assertEquals } from "@std/assert";
import { assertClose } from "../../../tests/close.ts";
import { openEngine } from "../../engines/mod.ts";
import { type Objective, objectiveOf } from "../method.ts";
import {
  around,
  attacked,
  checkForm,
  classify,
  clip,
  crossEntropy,
  dot,
  type Form,
  mean,
  slope,
  type Weights,
} from "./_closed_form.ts";
import { given, labels, linear, numbers, openProblem, shape } from "./_problem.ts";
import { method as fgsmCkpt } from "./fgsm_ckpt.ts";
import { method as fgsmRs } from "./fgsm_rs.ts";
import { method as free } from "./free.ts";
import { method as gradAlign } from "./grad_align.ts";
import { method as llr } from "./llr.ts";
import { method as nFgsm } from "./n_fgsm.ts";
import { method as pgd } from "./pgd.ts";
import { method as sat } from "./sat.ts";

const epsilon = 0.1;

/** Cross-entropy at sign steps from a random start. */
const stepping =
  (step: number, steps = 1) => (constant: Weights): Form => (weights, images, { noise }) => {
    const starts = around(images, noise, epsilon);
    return crossEntropy(weights, attacked(constant, images, { epsilon, step, steps, starts }));
  };

/** By how much of a perturbation FGSM-CKPT moves each image, with three checkpoints. */
function shares(constant: Weights, images: number[][], starts: number[][], ends: number[][]) {
  return images.map((image, i) => {
    const wrong = (point: number[]) => classify(constant, point, labels[i]).wrong;
    const at = (share: number) => image.map((pixel, j) => pixel + share * (ends[i][j] - pixel));
    if (wrong(starts[i])) return 0;
    return [1 / 3, 2 / 3].find((share) => wrong(at(share))) ?? 1;
  });
}

const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

const cases: readonly [name: string, Objective, (constant: Weights) => Form][] = [
  [
    "pgd: three steps of epsilon / 2, each inside the ball",
    objectiveOf(pgd, { epsilon, step_size: epsilon / 2, steps: 3, start: "random" }),
    stepping(epsilon / 2, 3),
  ],
  [
    "pgd: two steps from the image itself",
    objectiveOf(pgd, { epsilon, step_size: epsilon / 2, steps: 2, start: "zero" }),
    (constant) => (weights, images) =>
      crossEntropy(weights, attacked(constant, images, { epsilon, step: epsilon / 2, steps: 2 })),
  ],
  [
    "fgsm-rs: a step of 1.25 epsilon from a random start",
    objectiveOf(fgsmRs, { epsilon, step_size: 1.25 * epsilon }),
    stepping(1.25 * epsilon),
  ],
  [
    "sat: a step of epsilon from a random start, where there is no activation",
    objectiveOf(sat, { epsilon, step_size: epsilon, smooth: "both", sharpness: 10 }),
    stepping(epsilon),
  ],
  [
    "n-fgsm: a step of epsilon from noise of 2 epsilon, outside the ball, too",
    objectiveOf(nFgsm, { epsilon, noise_scale: 2 }),
    (constant) => (weights, images, { noise }) => {
      const starts = around(images, noise, 2 * epsilon);
      return crossEntropy(weights, attacked(constant, starts, { epsilon, step: epsilon }));
    },
  ],
  [
    "free: cross-entropy at the carried perturbation",
    objectiveOf(free, { epsilon, repeats: 2 }),
    () => (weights, images, { state: { perturbation } }) =>
      crossEntropy(weights, around(images, perturbation, 1)),
  ],
  [
    "grad-align: FGSM and the angle to the gradient nearby",
    objectiveOf(gradAlign, { epsilon, lambda: 3 }),
    (constant) => (weights, images, { noise }) => {
      const angles = images.map((image, i) => {
        const near = image.map((pixel, j) => pixel + epsilon * noise[i][j]);
        return 1 - cosine(slope(constant, image, labels[i]), slope(weights, near, labels[i]));
      });
      return crossEntropy(weights, attacked(constant, images, { epsilon, step: epsilon })) +
        3 * mean(angles);
    },
  ],
  [
    "llr: the error of linearity along its delta, and the slope",
    objectiveOf(llr, { epsilon, lambda: 5, mu: 0.5, steps: 2 }),
    () => (weights, images, { constants: { delta } }) => {
      const penalties = images.map((image, i) => {
        const along = dot(slope(weights, image, labels[i]), delta[i]);
        const { loss } = classify(weights, image, labels[i]);
        const moved = image.map((pixel, j) => pixel + delta[i][j]);
        const error = classify(weights, moved, labels[i]).loss - loss - along;
        return 5 * Math.abs(error) + 0.5 * Math.abs(along);
      });
      return crossEntropy(weights, images) + mean(penalties);
    },
  ],
];

for (const [name, objective, formOf] of cases) {
  Deno.test(`objective of ${name} on a linear model`, () => checkForm(objective, formOf));
}

Deno.test("objective of fgsm-ckpt: the smallest third of the perturbation that fools, on a linear model", async () => {
  const images = numbers("images 140", shape, 0); // of which each is moved by another share
  await checkForm(
    objectiveOf(fgsmCkpt, { epsilon, step_size: 1.25 * epsilon, checkpoints: 3 }),
    (constant) => (weights, images, { noise }) => {
      const starts = around(images, noise, epsilon);
      const ends = attacked(constant, images, { epsilon, step: 1.25 * epsilon, starts });
      const chosen = shares(constant, images, starts, ends);
      assertEquals(chosen, [1 / 3, 1, 0, 2 / 3]);
      const moved = chosen.map((share, i) =>
        images[i].map((pixel, j) => pixel + share * (ends[i][j] - pixel))
      );
      return crossEntropy(weights, moved);
    },
    { images },
  );
});

/** Runs an objective on the linear model: what it was given, and what it gave. */
async function run(objective: Objective, changes: Record<string, Float32Array<ArrayBuffer>> = {}) {
  using engine = await openEngine({ kind: "cpu" });
  using problem = await openProblem(engine, objective, linear);
  const data = { ...given(objective, linear), ...changes };
  const weights = [...data.matrix, ...data.bias], size = data.images.length / labels.length;
  const rows = (values: ArrayLike<number>) =>
    labels.map((_, i) => Array.from(values).slice(i * size, (i + 1) * size));
  return { found: await problem.run(changes), weights, images: rows(data.images), data, rows };
}

Deno.test("objective of free moves its perturbation by the gradient at the images it trained on", async () => {
  const { found, weights, images, data, rows } = await run(
    objectiveOf(free, { epsilon, repeats: 2 }),
  );
  const before = rows(data["method/perturbation"]);
  const after = around(images, before, 1).map((point, i) => {
    const signs = slope(weights, point, labels[i]).map(Math.sign);
    return images[i].map((pixel, j) => {
      const inBall = clip(before[i][j] + epsilon * signs[j], -epsilon, epsilon);
      return clip(pixel + inBall, 0, 1) - pixel;
    });
  });
  assertClose(found["method/perturbation"], after.flat(), 1e-6, { label: "perturbation" });
});

Deno.test("objective of llr finds a delta in the ball where linearity fails more than at its start", async () => {
  const parameters = { epsilon, lambda: 5, mu: 0.5, steps: 5 };
  const { found, weights, images, data, rows } = await run(objectiveOf(llr, parameters));
  const deltas = rows(found["constant/delta"]);
  const starts = around(images, rows(data.noise), epsilon);
  for (const [i, image] of images.entries()) {
    assert(deltas[i].every((value) => Math.abs(value) <= epsilon + 1e-7));
    const error = (point: readonly number[]) => {
      const along = dot(slope(weights, image, labels[i]), point.map((x, j) => x - image[j]));
      const { loss } = classify(weights, image, labels[i]);
      return Math.abs(classify(weights, point, labels[i]).loss - loss - along);
    };
    assert(error(image.map((pixel, j) => pixel + deltas[i][j])) > 2 * error(starts[i]), `${i}`);
  }
});

Deno.test("objective of grad-align has no penalty where a gradient is 0", async () => {
  const { found, images, weights } = await run(
    objectiveOf(gradAlign, { epsilon, lambda: 3 }),
    { matrix: new Float32Array(54) },
  );
  assertClose(found.loss, [crossEntropy(weights, images)], 1e-6, { label: "loss" });
  assert(found["gradient/matrix"].every(Number.isFinite));
});
