import { assert, assertEquals, assertRejects } from "@std/assert";
import { relativeDifference } from "../../tests/close.ts";
import { compiledOnce } from "../../tests/engines.ts";
import type { Engine, HostData, Values } from "../engines/engine.ts";
import { smallNetwork, testNetwork } from "../../tests/networks.ts";
import { initialize } from "../models/initialize.ts";
import { stream } from "../random/philox.ts";
import { sizeOf } from "../tracing/graph.ts";
import { object } from "../schema.ts";
import type { ByteImages } from "./device_images.ts";
import { fillBatch } from "./_host_batch.ts";
import { type Method, type Objective, objectiveOf } from "./method.ts";
import { method as fgsmMethod } from "./methods/fgsm.ts";
import { method as igrMethod } from "./methods/igr.ts";
import { method as naturalMethod } from "./methods/natural.ts";
import type { Recipe } from "./recipe.ts";
import { learningRate } from "./schedule.ts";
import { stateSpecs, stepProgram } from "./step.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { DivergenceError } from "./divergence.ts";
import { train, type TrainOptions } from "./train.ts";

const pjrt = await compiledOnce();

const recipe: Recipe = {
  epochs: 3,
  batch_size: 8,
  momentum: 0.9,
  nesterov: false,
  weight_decay: 5e-4,
  schedule: { kind: "one_cycle", learning_rate: 0.02, warmup: 0.4 },
  augmentation: { crop_padding: 4, flip: true },
  batch_norm: { mode: "train", momentum: 0.1 },
  probe_images: 8,
};

/** Images whose brightness tells their class. */
function images(name: string, count: number): ByteImages {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 10), size = 32 * 32 * 3;
  const noise = new Float32Array(count * size);
  stream(0n, name).fill(noise, 0, 0.1);
  const brightness = (i: number) => noise[i] + labels[Math.floor(i / size)] / 12;
  const pixels = Uint8Array.from(noise, (_, i) => 255 * brightness(i));
  return { image: [32, 32, 3], pixels, labels };
}

const igr = objectiveOf(igrMethod, { lambda: 1, epsilon: 8 / 255, ramp_epochs: 1 });
const fgsm = objectiveOf(fgsmMethod, {
  epsilon: 8 / 255,
  step_size: 10 / 255,
  start: "random",
});
const natural = objectiveOf(naturalMethod, {});

/** As free adversarial training: two steps a batch, by a perturbation that goes on from step to step. */
const replaying: Method<{ readonly epsilon: number }> = {
  name: "replaying",
  title: "Replaying",
  source: "after Shafahi et al. 2019, with noise in every step",
  training: "single-step",
  parameters: object({}) as never,
  defaults: { epsilon: 8 / 255 },
  inputs: () => ({ noise: 2, repeats: 2 }),
  state: (_parameters, images) => ({ delta: images }),
  perturb: ({ tf, parameters: { epsilon }, images, state, noise: [one, two] }) =>
    tf.clipByValue(
      tf.add(tf.add(images, state.delta), tf.mul(tf.add(one, two), epsilon / 16)),
      0,
      1,
    ),
  loss({ tf, parameters: { epsilon }, state, classify }, images) {
    const { value, grad } = tf.valueAndGrad((x) => tf.mean(classify(x as typeof images).losses))(
      images,
    );
    const moved = tf.add(state.delta, tf.mul(tf.sign(grad), epsilon));
    const delta = tf.clipByValue(moved, -epsilon, epsilon);
    return { loss: value, crossEntropy: value, state: { delta } };
  },
};
const replayed = objectiveOf(replaying, replaying.defaults);

const setting = (objective: Objective, changes: Partial<Recipe> = {}): TrainOptions => ({
  network: smallNetwork("gelu"),
  objective,
  recipe: { ...recipe, ...changes } as Recipe,
  training: images("training", 21),
  heldOut: images("held out", 10),
  epsilon: 8 / 255,
  seed: 7n,
});

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `${name} [${pjrt.label}]`, ignore: pjrt.ignore, fn });

/** Has statistics of batch normalisation, which are resumed as well. */
const normalised = { ...setting(igr), network: testNetwork({ activation: "gelu", width: 1 }) };

/** All that a recipe may add to a step. */
const added = setting(natural, {
  gradient_clip: 1,
  weight_average: { decay: 0.5 },
  weight_decay_on: "kernels",
  label_smoothing: 0.1,
  mixing: { mixup_alpha: 0.8, cutmix_alpha: 1, probability: 1, switch_probability: 0.5 },
  augmentation: {
    crop_padding: 0,
    flip: true,
    random_resized_crop: { min_scale: 0.08, max_scale: 1, min_ratio: 0.75, max_ratio: 4 / 3 },
    rand_augment: { operations: 2, probability: 0.5, magnitude: 9, magnitude_deviation: 0.5 },
    random_erasing: { probability: 0.25 },
  },
});

for (const options of [normalised, setting(fgsm), setting(replayed), added]) {
  const { objective } = options;
  test(`train() of ${objective.name} resumed after an epoch ends bit for bit as without a break`, async () => {
    using engine = await pjrt.open();
    const checkpoints: Checkpoint[] = [];
    const onEpoch = (checkpoint: Checkpoint) => {
      checkpoints.push({ ...checkpoint, history: [...checkpoint.history] });
      return Promise.resolve();
    };
    const { waitingShare, ...whole } = await train(engine, { ...options, onEpoch });
    assert(waitingShare > 0 && waitingShare < 1, `${waitingShare}`);
    assertEquals(checkpoints.map(({ epoch }) => epoch), [1, 2, 3]);
    assertEquals(whole.steps, 3 * Math.floor(21 / 8) * objective.inputs.repeats);
    const { waitingShare: _again, ...again } = await train(engine, options);
    assertEquals(again, whole);
    const { waitingShare: _resumed, ...resumed } = await train(engine, {
      ...options,
      checkpoint: checkpoints[0],
    });
    assertEquals(resumed, whole);
    assertEquals(engine.live(), 0, "native buffers and executables left");
  });
}

test("train() depends on the seed, and on the ramp of lambda", async () => {
  using engine = await pjrt.open();
  const once = { epochs: 1 };
  const loss = async (options: TrainOptions) =>
    (await train(engine, options)).history[0].train_loss;
  const base = await loss(setting(igr, once));
  assert(base !== await loss({ ...setting(igr, once), seed: 8n }));
  assert(base < await loss(setting({ ...igr, inputs: { ...igr.inputs, rampEpochs: 0 } }, once)));
});

test("train() with an average of the weights measures and gives it in the place of the last", async () => {
  using engine = await pjrt.open();
  const of = async (changes: Partial<Recipe>) => {
    const { tensors, history } = await train(engine, setting(natural, { epochs: 1, ...changes }));
    return { tensors, norm: history[0].input_gradient_norm };
  };
  const last = await of({});
  assertEquals(await of({ weight_average: { decay: 0 } }), last);
  const initial = initialize(smallNetwork("gelu"), 7n);
  const average = await of({ weight_average: { decay: 0.9999 } });
  for (const [name, { data }] of Object.entries(average.tensors)) {
    assert(relativeDifference(data, initial[name].data) < 1e-3, name);
    assert(relativeDifference(last.tensors[name].data, initial[name].data) > 1e-3, name);
  }
  assert(Math.abs(average.norm - last.norm) > 1e-4);
});

test("train() starts from a model's variables, and stops where the recipe says", async () => {
  using engine = await pjrt.open();
  const first = await train(engine, setting(natural, { stop_after: 1 }));
  assertEquals(first.history.length, 1);
  assertEquals(first.steps, 2);
  const whole = await train(engine, setting(natural));
  assertEquals(first.history[0], whole.history[0], "the schedule is that of all epochs");
  const still = { kind: "piecewise", learning_rate: 0, milestones: [], factor: 1 } as const;
  const { tensors } = await train(engine, {
    ...setting(natural, { stop_after: 1, schedule: still }),
    start: first.tensors,
  });
  assertEquals(tensors, first.tensors);
});

test("train() that evaluates the best gives the model of the first epoch with the highest PGD-10 accuracy", async () => {
  using engine = await pjrt.open();
  // steps that undo what the first ones learn
  const schedule = {
    kind: "piecewise",
    learning_rate: 0.02,
    milestones: [0.5],
    factor: 50,
  } as const;
  const options = setting(natural, { epochs: 4, schedule, evaluate: "best" });
  const checkpoints: Checkpoint[] = [];
  const onEpoch = (checkpoint: Checkpoint) => {
    checkpoints.push({ ...checkpoint, history: [...checkpoint.history] });
    return Promise.resolve();
  };
  const { waitingShare: _, ...whole } = await train(engine, { ...options, onEpoch });
  const found = whole.history.map(({ pgd10_accuracy }) => pgd10_accuracy);
  const best = found.indexOf(Math.max(...found)) + 1;
  assert(best > 1 && best < 4, `${found}: the test could not fail`);
  assertEquals(whole.bestEpoch, best);
  const { tensors } = await train(
    engine,
    setting(natural, { epochs: 4, schedule, stop_after: best }),
  );
  assertEquals(whole.tensors, tensors);
  const { waitingShare: _again, ...resumed } = await train(engine, {
    ...options,
    checkpoint: checkpoints[best],
  });
  assertEquals(resumed, whole);
});

test("train() that diverges names the epoch and the last finite values", async () => {
  using engine = await pjrt.open();
  const explode = { kind: "piecewise", learning_rate: 1e18, milestones: [], factor: 1 } as const;
  const error = await assertRejects(
    () => train(engine, setting(natural, { schedule: explode })),
    DivergenceError,
    "Training diverged in epoch 1",
  );
  assert(error.message.includes("no epoch before it finished"), error.message);
});

test("train() takes the steps that batches made on the host would, bit for bit", async () => {
  using engine = await pjrt.open();
  const options = setting(fgsm, { epochs: 1 }), { network, recipe, training, seed } = options;
  const { batch_size: batchSize } = recipe, size = batchSize * 32 * 32 * 3, steps = 2;
  const program = stepProgram({
    network,
    objective: fgsm,
    optimizer: recipe,
    batchSize,
    batchNorm: recipe.batch_norm,
  });
  const initial = initialize(network, seed);
  let state: Values = Object.fromEntries(
    Object.entries(stateSpecs(network)).map(([name, spec]) => {
      const data = name.startsWith("momentum/") ? undefined : initial[name.replace(/^\w+\//, "")];
      return [name, engine.put(data?.data ?? new Float32Array(sizeOf(spec.shape)), spec)];
    }),
  );
  const step = await engine.compile(program);
  const order = stream(seed, "order", 0).permutation(training.labels.length);
  const crops = stream(seed, "augmentation", 0), starts = stream(seed, "fgsm start", 0);
  const pixels = Float32Array.from(training.pixels, (byte) => byte / 255);
  for (let i = 0; i < steps; i++) {
    const indices = order.subarray(i * batchSize, (i + 1) * batchSize);
    const images = new Float32Array(size), noise = new Float32Array(size);
    fillBatch(pixels, indices, images, recipe.augmentation, crops);
    starts.fill(noise, -1, 1);
    const rate = learningRate(recipe.schedule, i, steps, 1);
    const given: Record<string, HostData> = {
      images,
      noise,
      labels: Int32Array.from(indices, (index) => training.labels[index]),
      learning_rate: Float32Array.of(rate),
    };
    const inputs = Object.fromEntries(
      Object.entries(given).map(([name, data]) => [name, engine.put(data, program.inputs[name])]),
    );
    state = await step.run({ ...state, ...inputs });
  }
  const { tensors } = await train(engine, options);
  for (const [name, { data }] of Object.entries(tensors)) {
    const value = state[`weight/${name}`] ?? state[`statistic/${name}`];
    assertEquals(data, await engine.read(value), name);
  }
});

test("train() passes on a step's failure when no run is left, and leaves nothing", async () => {
  using engine = await pjrt.open();
  let submitted = 0, left = 0;
  const failing: Engine = {
    ...engine,
    async compile(program) {
      const executable = await engine.compile(program), { name } = executable;
      return {
        name,
        outputs: executable.outputs,
        run: (inputs) => executable.run(inputs),
        async submit(inputs) {
          const given = await executable.submit(inputs);
          const third = name.endsWith("training step") && ++submitted === 3;
          left++;
          const done = given.done.then(() => {
            left--;
            if (third) throw new Error("Cannot run the third step");
          });
          done.catch(() => {});
          return { ...given, done };
        },
        [Symbol.dispose]: () => executable[Symbol.dispose](),
      };
    },
  };
  const finished: number[] = [];
  await assertRejects(
    () => train(failing, { ...setting(igr), onStep: (done) => finished.push(done) }),
    Error,
    "Cannot run the third step",
  );
  assertEquals(finished, [1, 2]);
  assertEquals([left, engine.live()], [0, 0]);
});

test("train() refuses fewer images than a batch", async () => {
  using engine = await pjrt.open();
  await assertRejects(
    () => train(engine, setting(igr, { batch_size: 22 })),
    RangeError,
    "21 images in batches of 22",
  );
});
