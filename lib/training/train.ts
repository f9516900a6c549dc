/**
 * Training: epochs of steps, measurements after each, state that can be saved and resumed.
 *
 * @module
 */
import type { Engine } from "../engines/engine.ts";
import type { HostTensor } from "../models/classifier.ts";
import { initialize } from "../models/initialize.ts";
import type { Network } from "../models/network.ts";
import { type ByteImages, putImages } from "./device_images.ts";
import { isOnHost } from "./augmentation.ts";
import { hostImages } from "./host_images.ts";
import type { Objective } from "./method.ts";
import { createMonitor, type Measurements } from "./monitor.ts";
import { type BestModel, isBest } from "./best_model.ts";
import { createOptimizer } from "./optimizer.ts";
import type { Recipe } from "./recipe.ts";
import { stateSpecs } from "./step.ts";
import { createStepper } from "./stepper.ts";
import { modelOf, resultOf } from "./weight_average.ts";

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
  /** The best model so far, where the best results. */
  readonly best?: BestModel;
}

/** What to train. */
export interface TrainOptions {
  readonly network: Network;
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly training: ByteImages;
  readonly heldOut: ByteImages;
  /** Radius of the attacks that are measured, in pixels in [0, 1]. */
  readonly epsilon: number;
  readonly seed: bigint | number;
  /** Variables and statistics to begin with, by their `state_dict` names; random ones without it. */
  readonly start?: Readonly<Record<string, HostTensor>>;
  /** Ends after so many epochs, with the state and the schedule of the whole training. */
  readonly until?: number;
  /** Where to go on; from the start without it. */
  readonly checkpoint?: Checkpoint;
  /** Called when all code has been read, that of threads included. */
  readonly onLoaded?: () => void;
  /** Called when a step has ended, in their order; up to four later ones are handed over by then. */
  readonly onStep?: (done: number, total: number, record?: EpochRecord) => void;
  /** Called after every epoch, before the next begins. */
  readonly onEpoch?: (checkpoint: Checkpoint) => Promise<void>;
}

/** A trained model. */
export interface Trained {
  /** Variables and running statistics by their `state_dict` names; of the average, if one is kept. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly history: readonly EpochRecord[];
  /** The epoch whose model it is, where the best results. */
  readonly bestEpoch?: number;
  readonly steps: number;
  /** Share of the steps' time in which the engine had nothing to do. */
  readonly waitingShare: number;
}

/** Training came to values that are not finite. */
export class DivergenceError extends Error {
  override name = "DivergenceError";
}

/** The state before the first step. */
function initialState(
  { network, objective, recipe, seed, start }: TrainOptions,
): Record<string, HostTensor> {
  const kept = objective.state([recipe.batch_size, ...network.image]);
  const initial = start ?? initialize(network, seed);
  return Object.fromEntries(
    Object.entries(stateSpecs(network, kept, createOptimizer(recipe).buffers, recipe)).map(
      ([name, { shape }]) => {
        const [kind, ...rest] = name.replace(/^average\//, "").split("/");
        const zeros = () => new Float32Array(shape.reduce((n, d) => n * d, 1));
        const data = kind === "weight" || kind === "statistic"
          ? initial[rest.join("/")].data
          : zeros();
        return [name, { shape, data }];
      },
    ),
  );
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
  const { network, objective, recipe, seed, onStep, onEpoch } = options;
  const { batch_size: batchSize, epochs } = recipe, count = options.training.labels.length;
  if (count < batchSize) {
    throw new RangeError(
      `Cannot train on ${count} images in batches of ${batchSize}: expected at least one full batch; lower recipe.batch_size`,
    );
  }
  using training = isOnHost(recipe.augmentation)
    ? await hostImages(engine, options.training, {
      batchSize,
      ...recipe,
      normalisation: network.card,
    })
    : await putImages(engine, options.training, batchSize);
  options.onLoaded?.();
  using heldOut = await putImages(
    engine,
    options.heldOut,
    Math.min(128, options.heldOut.labels.length),
  );
  const { epoch: first, tensors, history: earlier } = options.checkpoint ??
    { epoch: 0, tensors: initialState(options), history: [] };
  const history: EpochRecord[] = [...earlier];
  let best = options.checkpoint?.best;
  await using made = new AsyncDisposableStack();
  const { probe_images: probeImages } = recipe, { epsilon } = options;
  // at once: each compiles for seconds on a core of its own
  const [monitor, stepper] = await allEnded([
    createMonitor(engine, { network, heldOut, probeImages, epsilon }).then((it) => made.use(it)),
    createStepper(engine, { network, objective, recipe, training, seed, tensors })
      .then((it) => made.use(it)),
  ]);
  const end = Math.min(epochs, recipe.stop_after ?? epochs, options.until ?? epochs),
    total = end * stepper.stepsPerEpoch;
  for (let epoch = first; epoch < end; epoch++) {
    const { means, rate } = await stepper.epoch(
      epoch,
      (done) => onStep?.(done, total, history.at(-1)),
    );
    const [loss, crossEntropy, norm, accuracy] = means;
    const record: EpochRecord = {
      epoch: epoch + 1,
      learning_rate: rate,
      train_loss: loss,
      train_cross_entropy: crossEntropy,
      train_input_gradient_norm: norm,
      train_accuracy: accuracy,
      ...await monitor.measure(resultOf(stepper.state())),
    };
    checkFinite(objective, record, history.at(-1));
    history.push(record);
    if (recipe.evaluate === "best" && isBest(history, best?.epoch)) {
      best = { epoch: epoch + 1, tensors: modelOf(await stepper.read()) };
    }
    if (!onEpoch) continue;
    const tensors = await stepper.read();
    await onEpoch({ epoch: epoch + 1, tensors, history, ...best ? { best } : {} });
  }
  return {
    tensors: best?.tensors ?? modelOf(await stepper.read()),
    history,
    ...best ? { bestEpoch: best.epoch } : {},
    steps: total,
    waitingShare: stepper.waitingShare(),
  };
}

/** Waits for the end of all, so that what one makes is there to be disposed of if another fails. */
async function allEnded<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }) {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

function checkFinite(
  { strength }: Objective,
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
    }${before}; lower recipe.schedule.learning_rate${strength ? ` or ${strength}` : ""}`,
  );
}
