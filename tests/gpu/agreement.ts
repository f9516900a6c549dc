/**
 * What two engines are compared by: logits, gradients, second-order gradients, ten steps of training,
 * and the verdicts of attacks. Everything is small, so that most of the time goes into compilation.
 *
 * @module
 */
import { benchNetwork } from "../../benches/networks.ts";
import { OBJECTIVES } from "../../benches/objectives.ts";
import { lossesOf, planAttacks } from "../../lib/attacks/mod.ts";
import { gradientProgram, lossInput, weightInput } from "../../lib/attacks/victim/programs.ts";
import { runAttacks } from "../../lib/attacks/run/run_attacks.ts";
import { createVictim } from "../../lib/attacks/victim/create_victim.ts";
import type { Engine, Spec, Values } from "../../lib/engines/mod.ts";
import { initialize } from "../../lib/models/initialize.ts";
import { classifier } from "../../lib/models/load.ts";
import { loadAttackRules } from "../../lib/rules/attacks.ts";
import { stream } from "../../lib/random/philox.ts";
import type { Objective } from "../../lib/training/method.ts";
import { stateSpecs, stepProgram, totalNames } from "../../lib/training/step.ts";

/** All attacks, and their losses. */
const rules = await loadAttackRules(), losses = lossesOf(Object.values(rules));

const width = 8, batchSize = 32, steps = 10, classes = 10, pixels = 3072;
const learningRate = 0.01;

/**
 * Every method, and double backpropagation through two activations. Smooth ones: where rounding takes
 * an input of ReLU or PReLU over its kink, one image's gradient is another, and FGSM trains on another
 * image; two engines on the same CPU so differ by 0.5 % of a natural update and 17 % of FGSM's.
 */
const settings: readonly (readonly [Objective, string])[] = [
  [OBJECTIVES.igr, "gelu"],
  [OBJECTIVES.igr, "softplus"],
  [OBJECTIVES.fgsm, "gelu"],
  [OBJECTIVES.natural, "silu"],
];

/** Of these the logits alone are compared. */
const kinked: readonly string[] = ["relu", "prelu"];

/**
 * Largest difference that float32 in another order may make: L2 norm of the difference over the norm
 * of what is expected. `update` is what the first step takes from the weights: for IGR, second-order
 * gradients.
 */
export const tolerances = {
  logits: 1e-5,
  input_gradients: 1e-4,
  update: 1e-3,
  totals: 1e-3,
  weights: 1e-2,
} as const;

/** Numbers by what they are; of long lists, enough to tell. */
export type Recorded = Partial<Record<keyof typeof tolerances, number[]>>;

const thinned = (values: number[]) => values.filter((_, i) => i % 97 === 0);

function batch(): { images: Float32Array<ArrayBuffer>; labels: Int32Array<ArrayBuffer> } {
  const images = new Float32Array(batchSize * pixels);
  stream(1, "agreement").fill(images, 0, 1);
  return { images, labels: Int32Array.from({ length: batchSize }, (_, i) => (7 * i) % classes) };
}

/** Computes everything for one method and activation, or logits without a method. */
async function compute(
  engine: Engine,
  activation: string,
  objective?: Objective,
): Promise<Recorded> {
  const network = benchNetwork(activation, width), initial = initialize(network, 1);
  const { images, labels } = batch();
  const imageSpec: Spec = { shape: [batchSize, 32, 32, 3], dtype: "float32" };
  const put = (data: Float32Array<ArrayBuffer>, shape: readonly number[]) =>
    engine.put(data, { shape, dtype: "float32" });

  const oneHot = new Float32Array(batchSize * classes);
  labels.forEach((label, i) => oneHot[i * classes + label] = 1);
  using gradients = await engine.compile(
    gradientProgram(classifier(network, initial), batchSize, losses),
  );
  const given: Values = {
    ...Object.fromEntries(
      Object.entries(initial).map(([name, { shape, data }]) => [
        weightInput(name),
        put(data, shape),
      ]),
    ),
    images: engine.put(images, imageSpec),
    labels: put(oneHot, [batchSize, classes]),
    targets: put(oneHot, [batchSize, classes]),
    ...Object.fromEntries(
      Object.keys(losses).map((name) => [
        lossInput(name),
        put(new Float32Array(batchSize).fill(name === "cross_entropy" ? 1 : 0), [batchSize]),
      ]),
    ),
  };
  const evaluated = await gradients.run(given);
  const logits = [...await engine.read(evaluated.logits)];
  const gradient = thinned([...await engine.read(evaluated.gradient)]);
  for (const value of Object.values({ ...given, ...evaluated })) value[Symbol.dispose]();
  if (!objective) return { logits };

  using step = await engine.compile(stepProgram({
    network,
    objective,
    optimizer: { momentum: 0.9, nesterov: false, weight_decay: 5e-4 },
    batchSize,
    batchNorm: { mode: "train", momentum: 0.1 },
  }));
  let state: Values = {};
  for (const [name, spec] of Object.entries(stateSpecs(network))) {
    const tensor = name.startsWith("momentum/")
      ? undefined
      : initial[name.slice(name.indexOf("/") + 1)];
    const size = spec.shape.reduce((product, n) => product * n, 1);
    state[name] = engine.put(tensor?.data ?? new Float32Array(size), spec);
  }
  const weights = Object.keys(initial).filter((name) => `weight/${name}` in state);
  const read = async (kind: "momentum" | "weight") => {
    const values: number[] = [];
    for (const name of weights) values.push(...await engine.read(state[`${kind}/${name}`]));
    return thinned(values);
  };
  let update: number[] = [];
  for (let i = 0; i < steps; i++) {
    const inputs: Values = {
      images: engine.put(images, imageSpec),
      labels: engine.put(labels, { shape: [batchSize], dtype: "int32" }),
      learning_rate: put(Float32Array.of(learningRate), []),
    };
    state = await step.run({ ...state, ...inputs });
    for (const value of Object.values(inputs)) value[Symbol.dispose]();
    if (i === 0) update = await read("momentum"); // the gradient, weight decay included
  }
  const totals = [...await engine.read(state.totals)].slice(0, totalNames.length - 1);
  const recorded = {
    logits,
    input_gradients: gradient,
    update,
    totals,
    weights: await read("weight"),
  };
  for (const value of Object.values(state)) value[Symbol.dispose]();
  return recorded; // without the last total, correct answers, which jump
}

/** Numbers by method and activation. */
export async function computeAll(engine: Engine): Promise<Record<string, Recorded>> {
  // at once: nearly all of the time is compilation, which uses one core a program
  const named = [
    ...settings.map(async ([objective, activation]) =>
      [`${objective.name} ${activation}`, await compute(engine, activation, objective)] as const
    ),
    ...kinked.map(async (activation) => [activation, await compute(engine, activation)] as const),
  ];
  return Object.fromEntries(await Promise.all(named));
}

const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

/** One comparison. */
export interface Difference {
  readonly name: string;
  readonly kind: keyof typeof tolerances;
  readonly difference: number;
  /** Whether it is within its tolerance; a number that is none is not. */
  readonly good: boolean;
}

/** Compares what two engines computed. */
export function differences(
  found: Record<string, Recorded>,
  wanted: Record<string, Recorded>,
): Difference[] {
  return Object.entries(wanted).flatMap(([name, recorded]) =>
    Object.entries(recorded).map(([key, values]) => {
      const kind = key as Difference["kind"], other = found[name]?.[kind] ?? [];
      const difference = norm(values.map((value, i) => value - other[i])) / norm(values);
      return { name, kind, difference, good: difference <= tolerances[kind] };
    })
  );
}

/** Images that are attacked. */
const attacked = 128;

/** Share of verdicts that have to be the same: an image on the brink may fall to either side. */
export const equalVerdicts = 0.99;

/**
 * Attacks a network of random weights, which is told its own predictions as labels, in blocks that
 * are not full at the end.
 *
 * @returns Whether each image is robust
 */
export async function attackVerdicts(engine: Engine): Promise<boolean[]> {
  const network = benchNetwork("gelu", width), initial = initialize(network, 5);
  const model = classifier(network, initial);
  using victim = createVictim({ engine, classifier: model, batchSize: 48, losses });
  const images = new Float32Array(attacked * pixels);
  stream(2, "agreement").fill(images, 0, 1);
  const answers = [];
  for (let i = 0; i < attacked; i += 32) {
    answers.push(
      ...await victim.evaluate(
        Array.from({ length: 32 }, (_, k) => ({
          point: images.subarray((i + k) * pixels, (i + k + 1) * pixels),
          label: 0,
        })),
      ),
    );
  }
  const labels = answers.map(({ logits }) => logits.indexOf(Math.max(...logits)));
  const radius = 12 / 255;
  const settings = {
    apgd_iterations: 5,
    apgd_targets: 2,
    fab_iterations: 3,
    fab_targets: 2,
    square_queries: 20,
  };
  const target = { classes, image: [32, 32, 3], epsilon: radius, seed: 1 } as const;
  const attacks = planAttacks(rules, [{ attack: "autoattack", settings }], target)
    .map(({ attack }) => attack);
  return (await runAttacks(victim, { images, labels, epsilon: radius, attacks })).robust.slice();
}
