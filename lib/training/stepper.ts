/** Training steps of one model in an engine, handed over ahead. @module */
import type { Engine, Submitted, Values } from "../engines/engine.ts";
import type { HostTensor } from "../models/classifier.ts";
import type { Network } from "../models/network.ts";
import { stream } from "../random/philox.ts";
import { drawChoices } from "./augmentation.ts";
import type { ImageSource } from "./device_images.ts";
import { createNoise } from "./device_noise.ts";
import type { Objective } from "./method.ts";
import { createOptimizer } from "./optimizer.ts";
import { createQueue } from "./queue.ts";
import { learningRate, rampShare } from "./schedule.ts";
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
  /** Copies the state to the host. */
  readonly read: () => Promise<Record<string, HostTensor>>;
  /**
   * Takes the steps of an epoch, whose random numbers depend on its number alone.
   *
   * @param epoch From 0
   * @param onStep Called when a step has ended, with the number of steps in all epochs so far
   * @returns Means over the epoch in the order of `totalNames`, and the last step's learning rate
   */
  readonly epoch: (
    epoch: number,
    onStep?: (done: number) => void,
  ) => Promise<{ means: number[]; rate: number }>;
}

/** Compiles the step and puts the state into the engine. */
export async function createStepper(engine: Engine, options: StepperOptions): Promise<Stepper> {
  const { network, objective, recipe, training, seed, tensors } = options;
  const { count, batchSize } = training, { rampEpochs, repeats } = objective.inputs;
  const images = [batchSize, ...network.image];
  const stepsPerEpoch = Math.floor(count / batchSize) * repeats;
  const step = await engine.compile(
    stepProgram({
      network,
      objective,
      optimizer: recipe,
      batchSize,
      batchNorm: recipe.batch_norm,
      precision: recipe.precision,
    }),
  );
  const arrays = noiseNames(objective);
  const noise = arrays.length > 0 ? await createNoise(engine, images) : undefined;
  const optimizer = createOptimizer(recipe);
  const specs = stateSpecs(network, objective.state(images), optimizer.buffers);
  let state: Values = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, engine.put(tensors[name].data, spec)]),
  );
  const scalar = (value: number) =>
    engine.put(Float32Array.of(value), { shape: [], dtype: "float32" });
  // each with the taking of its batch and the drawing of its noise
  const queue = createQueue(stepsAhead * (2 + arrays.length));

  /** Hands over a step: its numbers, and what other programs make for it. */
  async function handOver(
    numbers: Readonly<Record<string, number>>,
    made: readonly (() => Promise<Submitted>)[],
    onEnd: () => void,
  ) {
    using inputs = new DisposableStack();
    const given: Values = {};
    for (const [name, number] of Object.entries(numbers)) given[name] = inputs.use(scalar(number));
    for (const make of made) {
      const { outputs, done } = await make();
      for (const [name, value] of Object.entries(outputs)) given[name] = inputs.use(value);
      await queue.add(done);
    }
    const { outputs, done } = await step.submit({ ...state, ...given });
    state = outputs;
    await queue.add(done, onEnd);
  }

  return {
    stepsPerEpoch,
    state: () => state,
    async read() {
      const read: Record<string, HostTensor> = {};
      for (const [name, value] of Object.entries(state)) {
        const data = await engine.read(value) as Float32Array<ArrayBuffer>;
        read[name] = { shape: value.shape, data };
      }
      return read;
    },
    async epoch(epoch, onStep) {
      const order = stream(seed, "order", epoch).permutation(count);
      const crops = stream(seed, "augmentation", epoch);
      // all methods' noise; the name chooses the numbers, and is that of the method that had it first
      const random = stream(seed, "fgsm start", epoch);
      let rate = 0, choices = new Int32Array();
      for (let i = 0; i < stepsPerEpoch; i++) {
        if (i % repeats === 0) {
          const first = i / repeats * batchSize, indices = order.subarray(first, first + batchSize);
          choices = drawChoices(indices, recipe.augmentation, crops);
        }
        const before = epoch * stepsPerEpoch + i;
        rate = learningRate(recipe.schedule, before, recipe.epochs * stepsPerEpoch);
        await handOver(
          {
            ...optimizer.numbers(before, rate),
            ...rampEpochs > 0 ? { ramp: rampShare(before, rampEpochs * stepsPerEpoch) } : {},
          },
          [
            () => training.batch(choices),
            ...arrays.map((name, k) => async () => {
              const { outputs, done } = await noise!.draw(random, i * arrays.length + k);
              return { outputs: { [name]: outputs.noise }, done };
            }),
          ],
          () => onStep?.(before + 1),
        );
      }
      await queue.drain();
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
