/** Our side: steps, evaluations and epochs, and what a peer needs to compile the same text. @module */
import {
  gradientProgram,
  logitsProgram,
  lossInput,
  weightInput,
} from "../../lib/attacks/victim/programs.ts";
import { lossesOf } from "../../lib/attacks/plan.ts";
import { loadAttackRules } from "../../lib/rules/attacks.ts";
import { graphFor } from "../../lib/engines/pjrt.ts";
import type { Engine, Program, Values } from "../../lib/engines/mod.ts";
import { initialize } from "../../lib/models/initialize.ts";
import { classifier } from "../../lib/models/load.ts";
import { toStableHlo } from "../../lib/stablehlo/print.ts";
import { type ByteImages, putImages } from "../../lib/training/device_images.ts";
import type { Recipe } from "../../lib/training/recipe.ts";
import { createStepper } from "../../lib/training/stepper.ts";
import { benchNetwork } from "../networks.ts";
import { OBJECTIVES } from "../objectives.ts";
import { prepare, programOf, stateOf, type StepSetting } from "../step/ours.ts";
import type { Item, Sizes } from "./items.ts";
import type { Timed } from "./timing.ts";

/** Those of all attacks. */
const losses = lossesOf(Object.values(await loadAttackRules()));

type Of<K extends Item["kind"]> = Extract<Item, { kind: K }>;

const seconds = (since: number) => (performance.now() - since) / 1000;

/** The setting of a step's item. */
export const settingOf = (item: Of<"step">, { width }: Sizes): StepSetting => ({
  ...item,
  objective: OBJECTIVES[item.method],
  width,
});

/** The program that an item times. */
export function programFor(item: Of<"step"> | Of<"evaluate">, sizes: Sizes): Program {
  if (item.kind === "step") return programOf(settingOf(item, sizes));
  const network = benchNetwork("gelu", sizes.width);
  const model = classifier(network, initialize(network, 0)), { batch, precision } = item;
  return item.program === "logits"
    ? logitsProgram(model, batch, precision)
    : gradientProgram(model, batch, losses, precision);
}

/** A training step, its batch on the device. */
export async function timeStep(engine: Engine, item: Of<"step">, sizes: Sizes): Promise<Timed> {
  const step = await prepare(engine, settingOf(item, sizes));
  return {
    run: step.run,
    compiled: step.compiled / 1000,
    [Symbol.asyncDispose]() {
      step[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

/** Evaluations of one block of images, that lies on the device. */
export async function timeEvaluation(
  engine: Engine,
  item: Of<"evaluate">,
  sizes: Sizes,
): Promise<Timed> {
  const start = performance.now(), { batch } = item, classes = 10;
  const program = programFor(item, sizes), executable = await engine.compile(program);
  const weights = initialize(benchNetwork("gelu", sizes.width), 0);
  const put = (data: Float32Array<ArrayBuffer>, shape: readonly number[]) =>
    engine.put(data, { shape, dtype: "float32" });
  const pixels = Float32Array.from({ length: batch * 3072 }, () => Math.random());
  const oneHot = Float32Array.from({ length: batch * classes }, (_, i) => i % 11 === 0 ? 1 : 0);
  const inputs: Values = {
    ...Object.fromEntries(
      Object.entries(weights).map(([name, { data, shape }]) => [
        weightInput(name),
        put(data, shape),
      ]),
    ),
    images: put(pixels, [batch, 32, 32, 3]),
    ...item.program === "logits" ? {} : {
      labels: put(oneHot, [batch, classes]),
      targets: put(oneHot, [batch, classes]),
      ...Object.fromEntries(
        Object.keys(losses).map((name) => [
          lossInput(name),
          put(new Float32Array(batch).fill(name === "cross_entropy" ? 1 : 0), [batch]),
        ]),
      ),
    },
  };
  const free = (values: Values) =>
    Object.values(values).forEach((value) => value[Symbol.dispose]());
  return {
    async run(runs) {
      const start = performance.now();
      let last: Values = {};
      for (let i = 0; i < runs; i++) {
        free(last);
        last = (await executable.submit(inputs)).outputs;
      }
      await engine.read(last.logits);
      const milliseconds = 1000 * seconds(start) / runs;
      free(last);
      return milliseconds;
    },
    compiled: seconds(start),
    [Symbol.asyncDispose]() {
      free(inputs);
      executable[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

/** The paper's recipe, but for its length. */
export const recipeOf = (batch: number, epochs: number): Recipe => ({
  epochs,
  batch_size: batch,
  momentum: 0.9,
  nesterov: false,
  weight_decay: 5e-4,
  schedule: { kind: "one_cycle", learning_rate: 0.1, warmup: 0.4 },
  augmentation: { crop_padding: 4, flip: true },
  batch_norm: { mode: "train", momentum: 0.1 },
  probe_images: 128,
});

/** Steps of training from bytes on the device; a run is one step of an epoch. */
export async function timeEpoch(
  engine: Engine,
  item: Of<"epoch">,
  sizes: Sizes,
  images: ByteImages,
): Promise<Timed> {
  const start = performance.now(), batch = sizes.batches[0];
  const network = benchNetwork("gelu", sizes.width);
  const training = await putImages(engine, images, batch);
  const stepper = await createStepper(engine, {
    network,
    objective: OBJECTIVES[item.method],
    recipe: { ...recipeOf(batch, 1000), precision: item.precision },
    training,
    seed: 0,
    tensors: stateOf(network),
  });
  let epoch = 0;
  return {
    // whole epochs: an epoch's end is where numbers are read back
    async run(runs) {
      const epochs = Math.max(1, Math.round(runs / stepper.stepsPerEpoch)),
        start = performance.now();
      for (let i = 0; i < epochs; i++) await stepper.epoch(epoch++);
      return 1000 * seconds(start) / (epochs * stepper.stepsPerEpoch);
    },
    compiled: seconds(start),
    async [Symbol.asyncDispose]() {
      await stepper[Symbol.asyncDispose]();
      training[Symbol.dispose]();
    },
  };
}

/** What a peer needs to run a step's StableHLO: its text, inputs, and which outputs come back. */
export function textOf(program: Program, platform: string) {
  const graph = graphFor(program, platform);
  const parameters = Object.entries(graph.parameters), names = Object.keys(graph.parameters);
  return {
    graph,
    text: toStableHlo(graph),
    inputs: parameters.map(([, { shape, dtype }]) => [shape, dtype]),
    feeds: Object.keys(graph.results).flatMap((name, output) =>
      names.includes(name) ? [[output, names.indexOf(name)]] : []
    ),
  };
}
