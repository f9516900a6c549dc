/**
 * Training: epochs of steps, measurements after each, state that can be saved and resumed.
 *
 * @module
 */
import type { Engine, Precision, Submitted, Values } from "../engines/engine.ts";
import type { ModelCard } from "../models/card.ts";
import type { HostTensor } from "../models/classifier.ts";
import { initialize } from "../models/initialize.ts";
import { stream } from "../random/philox.ts";
import { type Augmentation, drawChoices } from "./augmentation.ts";
import { type LabelledImages, putImages } from "./device_images.ts";
import { createNoise } from "./device_noise.ts";
import { createMonitor, type Measurements } from "./monitor.ts";
import type { Objective } from "./objectives.ts";
import { createQueue } from "./queue.ts";
import { learningRate, rampShare, type Schedule } from "./schedule.ts";
import type { SgdOptions } from "./sgd.ts";
import { needsNoise, needsRamp, stateSpecs, stepProgram, totalNames } from "./step.ts";

/** A training setting. */
export interface Recipe extends SgdOptions {
  readonly epochs: number;
  readonly batch_size: number;
  readonly schedule: Schedule;
  readonly augmentation: Augmentation;
  readonly batch_norm: { readonly mode: "train" | "eval"; readonly momentum: number };
  readonly probe_images: number;
  /** Of the training steps' convolutions; what is measured after an epoch is float32. */
  readonly precision?: Precision;
}

/** What is known after an epoch. */
export interface EpochRecord extends Measurements {
  /** 1 after the first epoch. */
  readonly epoch: number;
  /** Rate of the epoch's last step. */
  readonly learning_rate: number;
  /** Means over the epoch's steps. */
  readonly train_loss: number;
  readonly train_cross_entropy: number;
  readonly train_input_gradient_norm: number;
  readonly train_accuracy: number;
}

/** All that training goes on from: tensors by the names of the step's state. */
export interface Checkpoint {
  readonly epoch: number;
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly history: readonly EpochRecord[];
}

/** What to train. */
export interface TrainOptions {
  readonly card: ModelCard;
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly training: LabelledImages;
  readonly heldOut: LabelledImages;
  /** Radius of the attacks that are measured, in pixels in [0, 1]. */
  readonly epsilon: number;
  readonly seed: bigint | number;
  /** Where to go on; from the start without it. */
  readonly checkpoint?: Checkpoint;
  /** Called when a step has ended, in their order; up to four later ones are handed over by then. */
  readonly onStep?: (done: number, total: number, record?: EpochRecord) => void;
  /** Called after every epoch, before the next begins. */
  readonly onEpoch?: (checkpoint: Checkpoint) => Promise<void>;
}

/** A trained model. */
export interface Trained {
  /** Variables and running statistics by their `state_dict` names. */
  readonly tensors: Record<string, HostTensor>;
  readonly history: readonly EpochRecord[];
  readonly steps: number;
}

/** Training came to values that are not finite. */
export class DivergenceError extends Error {
  override name = "DivergenceError";
}

/** The state before the first step. */
function initialState(card: ModelCard, seed: bigint | number): Record<string, HostTensor> {
  const initial = initialize(card, seed);
  return Object.fromEntries(
    Object.entries(stateSpecs(card)).map(([name, { shape }]) => {
      const [kind, ...rest] = name.split("/");
      const zeros = () => new Float32Array(shape.reduce((n, d) => n * d, 1));
      const data = kind === "weight" || kind === "statistic"
        ? initial[rest.join("/")].data
        : zeros();
      return [name, { shape, data }];
    }),
  );
}

/** Steps that the engine is handed ahead. */
const stepsAhead = 4;

/** What differs from step to step. */
interface NextStep {
  /** As from `drawChoices`. */
  readonly choices: Int32Array<ArrayBuffer>;
  readonly rate: number;
  /** Steps before it. */
  readonly done: number;
  readonly drawNoise: () => Promise<Submitted> | undefined;
}

/**
 * Trains a model.
 *
 * The images lie in the engine; a step is handed over while up to four before it have not ended, and
 * nothing is read back before the end of an epoch.
 *
 * @throws {DivergenceError} If a loss or measurement is not finite; names the epoch and the last
 * finite values
 * @throws {RangeError} If there are fewer training images than one batch
 */
export async function train(engine: Engine, options: TrainOptions): Promise<Trained> {
  const { card, objective, recipe, seed, onStep, onEpoch } = options;
  const { batch_size: batchSize, epochs } = recipe, count = options.training.labels.length;
  const stepsPerEpoch = Math.floor(count / batchSize);
  if (stepsPerEpoch === 0) {
    throw new RangeError(
      `Cannot train on ${count} images in batches of ${batchSize}: expected at least one full batch; lower recipe.batch_size`,
    );
  }
  const total = epochs * stepsPerEpoch;
  using step = await engine.compile(
    stepProgram({
      card,
      objective,
      sgd: recipe,
      batchSize,
      batchNorm: recipe.batch_norm,
      precision: recipe.precision,
    }),
  );
  using training = await putImages(engine, options.training, batchSize);
  using heldOut = await putImages(
    engine,
    options.heldOut,
    Math.min(128, options.heldOut.labels.length),
  );
  using monitor = await createMonitor(engine, {
    card,
    heldOut,
    probeImages: recipe.probe_images,
    epsilon: options.epsilon,
  });

  using noise = needsNoise(objective)
    ? await createNoise(engine, [batchSize, 32, 32, 3])
    : undefined;
  const start = options.checkpoint ??
    { epoch: 0, tensors: initialState(card, seed), history: [] };
  const history: EpochRecord[] = [...start.history];
  const specs = stateSpecs(card);
  let state: Values = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, engine.put(start.tensors[name].data, spec)]),
  );
  const rampSteps = objective.kind === "igr" && needsRamp(objective)
    ? objective.ramp_epochs! * stepsPerEpoch
    : undefined;
  const scalar = (value: number) =>
    engine.put(Float32Array.of(value), { shape: [], dtype: "float32" });
  // each with the taking of its batch and the drawing of its noise
  const queue = createQueue(stepsAhead * (noise ? 3 : 2));

  /** Hands over the step after `done` others. */
  async function handOver({ choices, rate, done, drawNoise }: NextStep) {
    using inputs = new DisposableStack();
    const given: Values = { learning_rate: inputs.use(scalar(rate)) };
    for (const make of [() => training.batch(choices), drawNoise]) {
      const made = await make();
      if (!made) continue;
      for (const [name, value] of Object.entries(made.outputs)) given[name] = inputs.use(value);
      await queue.add(made.done);
    }
    if (rampSteps !== undefined) given.ramp = inputs.use(scalar(rampShare(done, rampSteps)));
    const submitted = await step.submit({ ...state, ...given });
    state = submitted.outputs;
    await queue.add(submitted.done, () => onStep?.(done + 1, total, history.at(-1)));
  }

  try {
    for (let epoch = start.epoch; epoch < epochs; epoch++) {
      const order = stream(seed, "order", epoch).permutation(count);
      const crops = stream(seed, "augmentation", epoch), starts = stream(seed, "fgsm start", epoch);
      let rate = 0;
      for (let i = 0; i < stepsPerEpoch; i++) {
        const indices = order.subarray(i * batchSize, (i + 1) * batchSize);
        const done = epoch * stepsPerEpoch + i;
        rate = learningRate(recipe.schedule, done, total);
        const choices = drawChoices(indices, recipe.augmentation, crops);
        await handOver({ choices, rate, done, drawNoise: () => noise?.draw(starts, i) });
      }
      await queue.drain();
      const sums = await engine.read(state.totals);
      state.totals[Symbol.dispose]();
      state.totals = engine.put(new Float32Array(totalNames.length), specs.totals);
      const [loss, crossEntropy, norm, accuracy] = Array.from(sums, (sum) => sum / stepsPerEpoch);
      const record: EpochRecord = {
        epoch: epoch + 1,
        learning_rate: rate,
        train_loss: loss,
        train_cross_entropy: crossEntropy,
        train_input_gradient_norm: norm,
        train_accuracy: accuracy,
        ...await monitor.measure(state),
      };
      checkFinite(objective, record, history.at(-1));
      history.push(record);
      if (onEpoch) {
        await onEpoch({ epoch: epoch + 1, tensors: await readState(engine, state), history });
      }
    }

    const final = await readState(engine, state);
    const tensors = Object.fromEntries(
      Object.entries(final).flatMap(([name, tensor]) => {
        const [kind, ...rest] = name.split("/");
        return kind === "weight" || kind === "statistic" ? [[rest.join("/"), tensor]] : [];
      }),
    );
    return { tensors, history, steps: total };
  } finally {
    await queue.drain().catch(() => {}); // after a failure, which is on its way already
    for (const value of Object.values(state)) value[Symbol.dispose]();
  }
}

async function readState(engine: Engine, state: Values): Promise<Record<string, HostTensor>> {
  const tensors: Record<string, HostTensor> = {};
  for (const [name, value] of Object.entries(state)) {
    tensors[name] = {
      shape: value.shape,
      data: await engine.read(value) as Float32Array<ArrayBuffer>,
    };
  }
  return tensors;
}

function checkFinite(
  { kind }: Objective,
  record: EpochRecord,
  last: EpochRecord | undefined,
): void {
  const bad = Object.entries(record).filter(([, value]) => !Number.isFinite(value));
  if (bad.length === 0) return;
  const before = last
    ? `; last finite values, after epoch ${last.epoch}: training loss ${
      last.train_loss.toPrecision(4)
    }, input gradient norm ${last.input_gradient_norm.toPrecision(4)}, clean accuracy ${
      (100 * last.clean_accuracy).toFixed(1)
    } %`
    : "; no epoch before it finished";
  throw new DivergenceError(
    `Training diverged in epoch ${record.epoch}: ${
      bad.map(([name, value]) => `${name} is ${value}`).join(", ")
    }${before}; lower recipe.schedule.learning_rate${
      kind === "igr" ? " or methods.igr.lambda" : ""
    }`,
  );
}
