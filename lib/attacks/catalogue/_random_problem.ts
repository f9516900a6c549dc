/** Small random models with images, for tests of properties. @module */
import fc from "fast-check";
import { openEngine } from "../../engines/mod.ts";
import { stream } from "../../random/philox.ts";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Classifier } from "../../models/classifier.ts";
import { tf } from "../../tensorflow/mod.ts";
import { linearClassifier } from "../_linear_classifier.ts";
import { evaluateLogits, type LabelledImages } from "../victim/evaluate.ts";
import { predict } from "../logits.ts";
import { losses, plan, singles } from "../_rules.ts";
import type { Attack } from "../attack.ts";
import type { SingleAttack } from "../rule.ts";
import { pgd, type PgdSettings } from "./_pgd.ts";
import { createVictim } from "../victim/create_victim.ts";
import type { Victim } from "../victim/victim.ts";

/** What a random model and its images are drawn from; small, so that a counterexample is readable. */
export interface Problem {
  readonly seed: number;
  readonly kind: "linear" | "rough";
  readonly classes: number;
  readonly count: number;
  readonly epsilon: number;
}

/** Problems of four to six classes and up to twenty images. */
export const problems: fc.Arbitrary<Problem> = fc.record({
  seed: fc.integer({ min: 0, max: 1e9 }),
  kind: fc.constantFrom("linear", "rough"),
  classes: fc.integer({ min: 4, max: 6 }),
  count: fc.integer({ min: 1, max: 20 }),
  // mostly about as large as the way to the boundary, where attacks differ
  epsilon: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(1e-6, 1 / 255, 1) },
    { weight: 5, arbitrary: fc.double({ min: -2.5, max: -1, noNaN: true }).map((x) => 10 ** x) },
  ),
});

/** Checks a property of many problems. */
export const check = (numRuns: number, property: (problem: Problem) => Promise<void>) =>
  fc.assert(fc.asyncProperty(problems, property), { numRuns });

/** Shape and number of pixels of an image. */
export const shape = [3, 2, 2] as const, size = 12;

/** The model of a problem, and images of which some pixels are on the walls of the box. */
export function drawProblem({ seed, kind, classes, count }: Problem) {
  const random = stream(seed, "problem");
  const draw = (n: number, low: number, high: number) =>
    random.fill(new Float32Array(n), low, high) as Float32Array<ArrayBuffer>;
  const classifier = kind === "linear"
    ? linearClassifier(shape, draw(size * classes, -2, 2), draw(classes, -1, 1))
    : roughClassifier(draw(size * hidden, -6, 6), draw(hidden * classes, -1, 1), classes);
  const images = draw(count * size, -0.2, 1.2).map((v) => Math.min(1, Math.max(0, v)));
  return { classifier, images };
}

const hidden = 16;

/**
 * `sin(flatten(x) w) v + 4 e_0`: many local optima, few of them adversarial, so that attacks of
 * different budgets end differently.
 */
function roughClassifier(
  w: Float32Array<ArrayBuffer>,
  v: Float32Array<ArrayBuffer>,
  classes: number,
): Classifier {
  return {
    name: "rough",
    classes,
    image: shape,
    weights: { w: { shape: [size, hidden], data: w }, v: { shape: [hidden, classes], data: v } },
    logits: ({ w, v }, x) =>
      tf.add(
        tf.matMul(tf.sin(tf.matMul(tf.reshape(x, [-1, size]), w as Tensor2D)), v as Tensor2D),
        tf.tensor1d(Array.from({ length: classes }, (_, i) => i === 0 ? 4 : 0)),
      ) as Tensor2D,
  };
}

/** Gives a problem's model, and its images labelled as it says but for every fourth. */
export async function withVictim<T>(
  problem: Problem,
  use: (victim: Victim, data: LabelledImages) => Promise<T>,
  batchSize = 8,
): Promise<T> {
  const { classifier, images } = drawProblem(problem), { classes, count } = problem;
  using engine = await openEngine({ kind: "cpu" });
  using victim = createVictim({ engine, classifier, batchSize, losses });
  const { logits } = await evaluateLogits(victim, { images, labels: new Uint8Array(count) });
  const labels = Array.from({ length: count }, (_, i) => {
    const predicted = predict(logits.subarray(i * classes, (i + 1) * classes));
    return i % 4 === 3 ? (predicted + 1) % classes : predicted;
  });
  return await use(victim, { images, labels });
}

/** Few iterations of everything. */
export const few = {
  apgd_iterations: 6,
  apgd_targets: 3,
  fab_iterations: 4,
  fab_targets: 3,
  square_queries: 12,
} as const;

/** A few steps of PGD. */
export const fewSteps: PgdSettings = {
  steps: 4,
  step_size: 0.02,
  random_start: true,
  restarts: 2,
  keep: "best",
};

/** Of the published settings of an attack, the whole numbers no larger than 6. */
export function brief(rule: SingleAttack, epsilon: number): object {
  const { form } = rule.parameters;
  const isCount = (name: string) => {
    const field = form.kind === "object" ? form.fields[name].form : undefined;
    return field?.kind === "number" && field.limits.integer === true;
  };
  return Object.fromEntries(
    Object.entries(rule.defaults(epsilon)).map(([name, value]) => [
      name,
      isCount(name) ? Math.min(value, 6) : value,
    ]),
  );
}

/**
 * Each attack there is, and PGD keeping any point and keeping its last one; the seed says which is the
 * first, since the first finds most.
 */
export function everyAttack({ classes, image }: Victim, { epsilon, seed }: Problem): Attack[] {
  const target = { classes, image, epsilon, seed };
  const chosen = singles.map((rule) => ({ attack: rule.name, settings: brief(rule, epsilon) }));
  const attacks = [
    ...plan(chosen, target),
    pgd("pgd", fewSteps, target),
    pgd("pgd last", { ...fewSteps, keep: "last" }, target),
  ];
  const first = seed % attacks.length;
  return [...attacks.slice(first), ...attacks.slice(0, first)];
}
