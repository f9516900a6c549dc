/** Training steps of one model in an engine, handed over ahead. @module */
import type { Engine, Submitted, Values } from "../engines/engine.ts";
import type { HostTensor } from "../models/classifier.ts";
import type { Network } from "../models/network.ts";
import { stream, streams } from "../random/philox.ts";
import { drawChoices } from "./augmentation.ts";
import type { ChosenBatch, ImageSource } from "./device_images.ts";
import { drawMix } from "./mixing.ts";
import { createNoise } from "./device_noise.ts";
import type { Objective } from "./method.ts";
import { createOptimizer } from "./optimizer.ts";
import { createQueue } from "./queue.ts";
import { learningRate, rampShare } from "./schedule.ts";
import { createWaiting } from "./waiting.ts";
import { noiseNames, stateSpecs, stepProgram, totalNames } from "./step.ts";
import type { Recipe } from "./recipe.ts";

/** Steps that the engine is handed ahead. */
const stepsAhead = 4;

/** What is trained, on what, and how. */
export interface StepperOptions {
  readonly network: Network;
  readonly objective: Objective;
  readonly recipe: Recipe;
  /** Its batches are those of the recipe. */
  readonly training: ImageSource;
  readonly seed: bigint | number;
  /** The state to go on from, by the names of `stateSpecs`. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
}

/** A model in training. Disposing of it waits for the end of what was handed over. */
export interface Stepper extends AsyncDisposable {
  readonly stepsPerEpoch: number;
  /** The state by the names of `stateSpecs`; its values are the stepper's. */
  readonly state: () => Values;
  /** Share of all epochs' time in which the engine had been handed nothing that it had not done. */
  readonly waitingShare: () => number;
  /** Copies the state to the host. */
  readonly read: () => Promise<Record<string, HostTensor>>;
  /**
   * Takes the steps of an epoch, whose random numbers depend on its number and the step's place alone.
   *
   * @param epoch From 0
   * @param onStep Called when a step has ended, with the number of steps in all epochs so far
   * @returns Means over the epoch in the order of `totalNames`, and the last step's learning rate;
   * `undefined` where the epoch is left before its end
   */
  readonly epoch: (
    epoch: number,
    onStep?: (done: number) => void,
    part?: EpochPart,
  ) => Promise<{ means: number[]; rate: number } | undefined>;
}

/** The part of an epoch that is taken, all of it by default, and what is done between its steps. */
export interface EpochPart {
  /** Steps of the epoch that the state has behind it. */
  readonly from?: number;
  /** Steps after which the epoch is left. */
  readonly to?: number;
  /**
   * What is to be done after a step; the engine has then ended it, and is handed the next afterwards.
   *
   * @param taken Steps of the epoch so far
   */
  readonly pause?: (taken: number) => (() => Promise<void>) | undefined;
}

/** Compiles the step and puts the state into the engine. */
export async function createStepper(engine: Engine, options: StepperOptions): Promise<Stepper> {
  const { network, objective, recipe, training, seed, tensors } = options;
  const { count, batchSize } = training, { rampEpochs, repeats } = objective.inputs;
  const images = [batchSize, ...network.image];
  const stepsPerEpoch = Math.floor(count / batchSize) * repeats;
  const program = stepProgram({
    network,
    objective,
    optimizer: recipe,
    recipe,
    batchSize,
    batchNorm: recipe.batch_norm,
    precision: recipe.precision,
  });
  const step = await engine.compile(program);
  const arrays = noiseNames(objective);
  const noise = arrays.length > 0 ? await createNoise(engine, images) : undefined;
  const optimizer = createOptimizer(recipe);
  const specs = stateSpecs(network, objective.state(images), optimizer.buffers, recipe);
  let state: Values = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, engine.put(tensors[name].data, spec)]),
  );
  // each with the taking of its batch and the drawing of its noise
  const waiting = createWaiting();
  const queue = createQueue(stepsAhead * (2 + arrays.length));

  /** Hands over a step: its numbers, and what other programs make for it. */
  async function handOver(
    numbers: Readonly<Record<string, number | Float32Array<ArrayBuffer>>>,
    made: readonly (() => Promise<Submitted>)[],
    onEnd: () => void,
  ) {
    using inputs = new DisposableStack();
    const given: Values = {};
    for (const [name, number] of Object.entries(numbers)) {
      const data = typeof number === "number" ? Float32Array.of(number) : number;
      given[name] = inputs.use(engine.put(data, program.inputs[name]));
    }
    for (const make of made) {
      const { outputs, done } = await make();
      for (const [name, value] of Object.entries(outputs)) given[name] = inputs.use(value);
      waiting.handed(done);
      await queue.add(done);
    }
    const { outputs, done } = await step.submit({ ...state, ...given });
    state = outputs;
    waiting.handed(done);
    await queue.add(done, onEnd);
  }

  return {
    stepsPerEpoch,
    state: () => state,
    waitingShare: waiting.share,
    async read() {
      const read: Record<string, HostTensor> = {};
      for (const [name, value] of Object.entries(state)) {
        const data = await engine.read(value) as Float32Array<ArrayBuffer>;
        read[name] = { shape: value.shape, data };
      }
      return read;
    },
    async epoch(epoch, onStep, { from = 0, to = stepsPerEpoch, pause } = {}) {
      const order = stream(seed, "order", epoch).permutation(count);
      const crops = stream(seed, "augmentation", epoch);
      // all methods' noise; the name chooses the numbers, and is that of the method that had it first
      const random = stream(seed, "fgsm start", epoch);
      waiting.begin();
      const mixes = streams(seed, "mixing", epoch);
      const batches = chosenAhead(
        training,
        { from: Math.floor(from / repeats), to: Math.ceil(to / repeats) },
        (first) => ({
          choices: drawChoices(
            order.subarray(first, first + batchSize),
            recipe.augmentation,
            crops,
          ),
          random: { seed, path: ["image augmentation", epoch], first },
        }),
      );
      let rate = 0, chosen: ChosenBatch, mix = new Float32Array();
      for (let i = from; i < to; i++) {
        if (i % repeats === 0 || i === from) {
          const number = Math.floor(i / repeats);
          chosen = batches();
          if (recipe.mixing) mix = drawMix(recipe.mixing, network.image, mixes(number));
        }
        const before = epoch * stepsPerEpoch + i;
        rate = learningRate(
          recipe.schedule,
          before,
          recipe.epochs * stepsPerEpoch,
          recipe.epochs,
        );
        await handOver(
          {
            ...optimizer.numbers(before, rate),
            ...rampEpochs > 0 ? { ramp: rampShare(before, rampEpochs * stepsPerEpoch) } : {},
            ...recipe.mixing ? { mix } : {},
          },
          [
            () => training.batch(chosen),
            ...arrays.map((name, k) => async () => {
              const { outputs, done } = await noise!.draw(random, i * arrays.length + k);
              return { outputs: { [name]: outputs.noise }, done };
            }),
          ],
          () => onStep?.(before + 1),
        );
        const work = pause?.(i + 1);
        if (work === undefined) continue;
        await queue.drain();
        waiting.end();
        await work();
        waiting.begin();
      }
      await queue.drain();
      waiting.end();
      if (to < stepsPerEpoch) return undefined;
      const sums = await engine.read(state.totals);
      state.totals[Symbol.dispose]();
      state.totals = engine.put(new Float32Array(totalNames.length), specs.totals);
      return { means: Array.from(sums, (sum) => sum / stepsPerEpoch), rate };
    },
    async [Symbol.asyncDispose]() {
      await queue.drain().catch(() => {}); // after a failure, which is on its way already
      for (const value of Object.values(state)) value[Symbol.dispose]();
      noise?.[Symbol.dispose]();
      step[Symbol.dispose]();
    },
  };
}

/**
 * Batches of an epoch in their order, each announced so far ahead as their source wants it.
 *
 * @param choose Chooses the batch whose first image has a number; called in their order
 * @returns The next batch
 */
function chosenAhead(
  { batchSize, ahead = 0, announce }: ImageSource,
  { from, to }: { readonly from: number; readonly to: number },
  choose: (first: number) => ChosenBatch,
): () => ChosenBatch {
  const chosen: ChosenBatch[] = [];
  let next = 0;
  return () => {
    for (; next < to && chosen.length <= ahead; next++) {
      const batch = choose(next * batchSize);
      if (next < from) continue; // whose numbers are drawn all the same
      announce?.(batch);
      chosen.push(batch);
    }
    return chosen.shift()!;
  };
}
