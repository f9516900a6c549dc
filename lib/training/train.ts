/**
 * Training: epochs of steps, measurements after each, state that can be saved and gone on from.
 *
 * @module
 */
import type { Engine } from "../engines/engine.ts";
import type { HostTensor } from "../models/classifier.ts";
import { isOnHost } from "./augmentation.ts";
import { collapse } from "./collapse.ts";
import { courseIssues, endOf, isSame, type Place, stepsUntil } from "./course.ts";
import { type ByteImages, putImages } from "./device_images.ts";
import { checkFinite } from "./divergence.ts";
import { type Begin, firstState } from "./first_state.ts";
import { hostImages } from "./host_images.ts";
import { createMonitor } from "./monitor.ts";
import { isBest } from "./best_model.ts";
import type { Checkpoint, EpochRecord, StepRecord, Stopped } from "./checkpoint.ts";
import { createStepper } from "./stepper.ts";
import { modelOf, resultOf } from "./weight_average.ts";

/** What to train. */
export interface TrainOptions extends Begin {
  readonly training: ByteImages;
  readonly heldOut: ByteImages;
  /** Radius of the attacks that are measured, in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Ends then at the latest, with the state and the schedule of the whole training. */
  readonly until?: Place;
  /** Where to go on, in this training or in another; from the start without it. */
  readonly checkpoint?: Checkpoint;
  /** Called when all code has been read, that of threads included. */
  readonly onLoaded?: () => void;
  /** Called when a step has ended, in their order; up to four later ones are handed over by then. */
  readonly onStep?: (done: number, total: number, record?: EpochRecord) => void;
  /** Called after every epoch, before the next begins. */
  readonly onEpoch?: (checkpoint: Checkpoint) => Promise<void>;
  /** Called with each state that the recipe keeps, before `onEpoch` of the same time. */
  readonly onState?: (state: Checkpoint) => Promise<void>;
}

/** A trained model. */
export interface Trained {
  /** Variables and running statistics by their `state_dict` names; of the average, if one is kept. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly history: readonly EpochRecord[];
  /** What was logged between epochs. */
  readonly log: readonly StepRecord[];
  /** The epoch whose model it is, where the best results. */
  readonly bestEpoch?: number;
  /** Steps that the training has behind it, or the model where it stopped. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Where the training ended. */
  readonly end: Place;
  readonly stopped?: Stopped;
  /** Share of the steps' time in which the engine had nothing to do. */
  readonly waitingShare: number;
}

/**
 * Trains a model.
 *
 * The images lie in the engine; a step is handed over while up to four before it have not ended, and
 * nothing is read back before the end of an epoch, but what the recipe asks for.
 *
 * @throws {DivergenceError} If a loss or measurement is not finite; names the epoch and the last
 * finite values
 * @throws {RangeError} If there are fewer training images than one batch, or a time of the recipe lies
 * outside of the training
 */
export async function train(engine: Engine, options: TrainOptions): Promise<Trained> {
  const { network, objective, recipe, seed, onStep, onEpoch, onState } = options;
  const { batch_size: batchSize } = recipe, count = options.training.labels.length;
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
  const begun: Checkpoint = options.checkpoint ?? { epoch: 0, tensors: {}, history: [] };
  const tensors = firstState(options, begun.tensors);
  const history: EpochRecord[] = [...begun.history], log: StepRecord[] = [...begun.steps ?? []];
  let best = recipe.evaluate === "best" ? begun.best : undefined;
  await using made = new AsyncDisposableStack();
  const { probe_images: probeImages } = recipe, { epsilon } = options;
  // at once: each compiles for seconds on a core of its own
  const [monitor, stepper] = await allEnded([
    createMonitor(engine, { network, heldOut, probeImages, epsilon }).then((it) => made.use(it)),
    createStepper(engine, { network, objective, recipe, training, seed, tensors })
      .then((it) => made.use(it)),
  ]);
  const { stepsPerEpoch } = stepper, { log_every_steps: every = Infinity } = recipe;
  const [issue] = courseIssues(recipe, begun, stepsPerEpoch);
  if (issue) throw new RangeError(`Cannot train: recipe.${issue.path} ${issue.text}`);
  const end = endOf(recipe, options.until);
  const stepsAt = (place: Place) => stepsUntil(place, stepsPerEpoch);
  const isKept = (place: Place) => recipe.keep_states?.some((one) => isSame(one, place));
  const checkpoint = async (place: Place): Promise<Checkpoint> => ({
    ...place,
    tensors: await stepper.read(),
    history,
    ...log.length > 0 ? { steps: log } : {},
    ...best ? { best } : {},
  });

  /** What is to be done after a step. */
  function pause(place: Place & { readonly step: number }) {
    const step = stepsAt(place), isLogged = step % every === 0, keeps = onState && isKept(place);
    if (!isLogged && !keeps) return undefined;
    return async () => {
      if (isLogged) {
        const found = await monitor.measure(resultOf(stepper.state()), probeImages);
        log.push({ step, epoch: step / stepsPerEpoch, ...found });
      }
      if (keeps) await onState(await checkpoint(place));
    };
  }

  // of the model that is stored, where the training stops
  let last: Checkpoint = { ...begun, tensors }, stopped: Stopped | undefined;
  for (let epoch = begun.epoch; stepsAt({ epoch }) < stepsAt(end); epoch++) {
    const taken = await stepper.epoch(
      epoch,
      (done) => onStep?.(done, stepsAt(end), history.at(-1)),
      {
        from: epoch === begun.epoch ? begun.step : 0,
        to: epoch === end.epoch ? end.step : undefined,
        pause: (step) => pause({ epoch, step }),
      },
    );
    if (taken === undefined) break;
    const { means: [loss, crossEntropy, norm, accuracy], rate } = taken;
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
      best = { epoch: record.epoch, tensors: modelOf(await stepper.read()) };
    }
    if (recipe.stop_on_collapse && collapse(history, network.classes)?.recovered === false) {
      // before the first epoch nothing is measured: the model is that of its end then
      if (history.length === 1) last = await checkpoint({ epoch: record.epoch });
      const { epoch, step } = best ? { ...best, step: 0 } : last;
      stopped = { epoch: record.epoch, model: { epoch, step } };
      break;
    }
    if (!onEpoch && !onState && !recipe.stop_on_collapse) continue;
    last = await checkpoint({ epoch: record.epoch });
    if (isKept({ epoch: record.epoch })) await onState?.(last);
    await onEpoch?.(last);
  }
  return {
    tensors: best?.tensors ?? modelOf(stopped ? last.tensors : await stepper.read()),
    history,
    log,
    ...best ? { bestEpoch: best.epoch } : {},
    steps: stepsAt(stopped?.model ?? end),
    stepsPerEpoch,
    end: stopped ? { epoch: stopped.epoch } : end,
    stopped,
    waitingShare: stepper.waitingShare(),
  };
}

/** Waits for the end of all, so that what one makes is there to be disposed of if another fails. */
async function allEnded<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }) {
  await Promise.allSettled(work);
  return await Promise.all(work);
}
