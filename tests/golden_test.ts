/** The network, its objectives and its optimiser beside PyTorch in float64. */
import { assert, assertEquals } from "@std/assert";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine, Program, Spec, Values } from "../lib/engines/mod.ts";
import type { HostTensor } from "../lib/models/classifier.ts";
import { classifier } from "../lib/models/load.ts";
import { variables } from "../lib/models/network.ts";
import { toTorchLayout } from "../lib/models/weights.ts";
import { tf } from "../lib/tensorflow/mod.ts";
import { type Objective, objectiveOf } from "../lib/training/method.ts";
import { method as fgsm } from "../lib/training/methods/fgsm.ts";
import { method as igr } from "../lib/training/methods/igr.ts";
import { method as natural } from "../lib/training/methods/natural.ts";
import { crossEntropy } from "../lib/training/objectives.ts";
import { signStep } from "../lib/training/sign_step.ts";
import { choiceSize } from "../lib/training/augmentation.ts";
import type { ImageSource } from "../lib/training/device_images.ts";
import { createMonitor } from "../lib/training/monitor.ts";
import { learningRate, type Schedule } from "../lib/training/schedule.ts";
import { sgdUpdate } from "../lib/training/sgd.ts";
import { stepProgram } from "../lib/training/step.ts";
import { assertClose } from "./close.ts";
import { engines } from "./engines.ts";
import {
  decodeFloats,
  goldenBatch,
  goldenNetwork,
  type GoldenStep,
  goldenTensors,
  readGolden,
  type Setting,
} from "./golden_values.ts";
import { hashed } from "./hashed.ts";

const float32 = (shape: readonly number[]): Spec => ({ shape, dtype: "float32" });

/** Runs a program once on host tensors. */
async function runOnce(
  engine: Engine,
  name: string,
  inputs: Readonly<Record<string, HostTensor>>,
  build: Program["build"],
): Promise<Record<string, HostTensor>> {
  const specs = Object.fromEntries(
    Object.entries(inputs).map(([key, { shape }]) => [key, float32(shape)]),
  );
  using executable = await engine.compile({ name, inputs: specs, build });
  const given = Object.fromEntries(
    Object.entries(inputs).map(([key, { data }]) => [key, engine.put(data, specs[key])]),
  );
  const made = await executable.run(given);
  const read: Record<string, HostTensor> = {};
  for (const [key, value] of Object.entries(made)) {
    const data = await engine.read(value) as Float32Array<ArrayBuffer>;
    read[key] = { shape: value.shape, data };
  }
  for (const value of [...Object.values(given), ...Object.values(made)]) value[Symbol.dispose]();
  return read;
}

const methods = {
  igr: ["relu", "prelu", "gelu", "softplus", "softplus10"],
  natural: ["relu", "gelu"],
  fgsm: ["relu", "gelu"],
  fgsm_random: ["gelu"], // from a random start
  igr_eval: ["gelu"], // with frozen running statistics
} as const;

for (const { label, open, ignore } of await engines()) {
  for (const [method, activations] of Object.entries(methods)) {
    for (const activation of activations) {
      Deno.test({
        name: `stepProgram() of ${method} with ${activation} on ${label} is PyTorch's`,
        ignore,
        fn: async () => {
          using engine = await open();
          await checkStep(engine, await readGolden(`step_${method}_${activation}`), activation);
          assertEquals(engine.live(), 0);
        },
      });
    }
  }

  Deno.test({
    name: `logits() and gradients in eval mode on ${label} are PyTorch's`,
    ignore,
    fn: async (t) => {
      using engine = await open();
      const golden = await readGolden<GoldenEvaluation>("evaluation");
      for (const [activation, expected] of Object.entries(golden.activations)) {
        await t.step(activation, () => checkEvaluation(engine, golden, activation, expected));
      }
    },
  });

  Deno.test({
    name: `createMonitor() on ${label} measures what PyTorch does, over batches that do not fit`,
    ignore,
    fn: async () => {
      using engine = await open();
      const golden = await readGolden<GoldenEvaluation>("evaluation");
      await checkMonitor(engine, golden, "gelu");
      assertEquals(engine.live(), 0);
    },
  });

  Deno.test({
    name: `sgdUpdate() on ${label} takes PyTorch's steps`,
    ignore,
    fn: async (t) => {
      using engine = await open();
      const golden = await readGolden<GoldenSgd>("sgd");
      for (const [name, expected] of Object.entries(golden.cases)) {
        await t.step(name, () => checkSgd(engine, golden, name === "nesterov", expected));
      }
    },
  });
}

/**
 * Loss, every gradient and the running statistics of the program that training runs. Without weight
 * decay, the momentum buffers after a first step are the gradients.
 */
async function checkStep(engine: Engine, golden: GoldenStep, activation: string): Promise<void> {
  const network = goldenNetwork(activation, golden.width), { epsilon, lambda } = golden;
  const { method, step_size } = golden;
  const objective: Objective = method === "natural"
    ? objectiveOf(natural, {})
    : method === "fgsm"
    ? objectiveOf(fgsm, { epsilon, step_size: epsilon, start: "zero" })
    : method === "fgsm_random"
    ? objectiveOf(fgsm, { epsilon, step_size, start: "random" })
    : objectiveOf(igr, { lambda, epsilon, ramp_epochs: 0 });
  const program = stepProgram({
    network,
    objective,
    optimizer: { momentum: 0.9, nesterov: false, weight_decay: 0 },
    batchSize: golden.batch,
    batchNorm: { mode: method === "igr_eval" ? "eval" : "train", momentum: 0.1 },
  });
  const tensors = goldenTensors(network, golden.seed),
    { images, labels, noise } = goldenBatch(golden);
  const rate = 0.125;
  using executable = await engine.compile(program);
  const given: Values = {};
  for (const [name, spec] of Object.entries(program.inputs)) {
    const tensor = tensors[name.slice(name.indexOf("/") + 1)];
    given[name] = engine.put(
      name === "images"
        ? images.data
        : name === "labels"
        ? labels
        : name === "noise"
        ? noise.data
        : name === "learning_rate"
        ? Float32Array.of(rate)
        : tensor && !name.startsWith("momentum/")
        ? tensor.data
        : new Float32Array(spec.shape.reduce((product, n) => product * n, 1)),
      spec,
    );
  }
  const made = await executable.run(given);
  const result: Record<string, HostTensor> = {};
  for (const [name, value] of Object.entries(made)) {
    const data = await engine.read(value) as Float32Array<ArrayBuffer>;
    result[name] = toTorchLayout({ shape: value.shape, data });
  }
  for (const value of [...Object.values(given), ...Object.values(made)]) value[Symbol.dispose]();

  const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, label: string) =>
    assertClose(actual, expected, 1e-4, { label });
  const [loss, crossEntropy, norm] = result.totals.data;
  close([loss], [golden.loss], "loss");
  close([crossEntropy], [golden.cross_entropy ?? golden.loss], "cross-entropy");
  close([norm], [golden.penalty ?? 0], "input gradient norm");
  assertEquals(
    Object.keys(variables(network)).toSorted(),
    Object.keys(golden.gradients).toSorted(),
  );
  for (const [name, text] of Object.entries(golden.gradients)) {
    const expected = decodeFloats(text), before = toTorchLayout(tensors[name]).data;
    close(result[`momentum/${name}`].data, expected, `gradient of ${name}`);
    const after = before.map((weight, i) => weight - rate * expected[i]);
    close(result[`weight/${name}`].data, after, `${name} after the step`);
  }
  for (const [name, text] of Object.entries(golden.statistics)) {
    // tight enough to tell the unbiased variance from the biased one
    assertClose(result[`statistic/${name}`].data, decodeFloats(text), 1e-5, { label: name });
  }
}

interface GoldenEvaluation extends Setting {
  readonly activations: Readonly<
    Record<string, {
      readonly logits: readonly number[][];
      readonly losses: readonly number[];
      readonly input_gradient_norms: readonly number[];
      readonly participation_ratios: readonly number[];
      readonly linearization_errors: readonly number[];
      readonly fgsm_losses: readonly number[];
    }>
  >;
}

/** Logits, losses and input gradients with running statistics, per sample. */
async function checkEvaluation(
  engine: Engine,
  golden: GoldenEvaluation,
  activation: string,
  expected: GoldenEvaluation["activations"][string],
): Promise<void> {
  const network = goldenNetwork(activation, golden.width), { epsilon } = golden;
  const { logits, weights, classes } = classifier(network, goldenTensors(network, golden.seed));
  const { images, labels } = goldenBatch(golden);
  const result = await runOnce(
    engine,
    "golden evaluation",
    { ...weights, images },
    (tensors) => {
      const images = tensors.images as Tensor4D;
      const oneHot = tf.oneHot(tf.tensor1d([...labels], "int32"), classes) as Tensor2D;
      const losses = (x: Tensor) => crossEntropy(logits(tensors, x as Tensor4D), oneHot);
      const gradient = tf.grad((x) => tf.sum(losses(x)));
      const slope = gradient(images), delta = tf.mul(tf.sign(slope), epsilon);
      const linear = tf.add(losses(images), tf.sum(tf.mul(slope, delta), [1, 2, 3]));
      const adversarial = signStep({ tf, images }, { epsilon, step_size: epsilon }, gradient);
      return {
        logits: logits(tensors, images),
        losses: losses(images),
        input_gradient_norms: tf.sum(tf.abs(slope), [1, 2, 3]),
        participation_ratios: tf.div(
          tf.square(tf.sum(tf.abs(slope), [1, 2, 3])),
          tf.sum(tf.square(slope), [1, 2, 3]),
        ),
        linearization_errors: tf.sub(losses(tf.add(images, delta)), linear),
        fgsm_losses: losses(adversarial),
      };
    },
  );
  for (const [key, values] of Object.entries(expected)) {
    assertClose(result[key].data, (values as number[]).flat(), 1e-4, { label: key });
  }
}

/** Batches of images that are no bytes. */
function sourceOf(
  engine: Engine,
  images: Float32Array,
  labels: ArrayLike<number>,
  batchSize: number,
): ImageSource {
  const size = 32 * 32 * 3;
  return {
    count: labels.length,
    batchSize,
    batch(choices) {
      const data = new Float32Array(batchSize * size), named = new Int32Array(batchSize);
      for (let i = 0; i < batchSize; i++) {
        const index = choices[i * choiceSize];
        data.set(images.subarray(index * size, (index + 1) * size), i * size);
        named[i] = labels[index];
      }
      const outputs = {
        images: engine.put(data, float32([batchSize, 32, 32, 3])),
        labels: engine.put(named, { shape: [batchSize], dtype: "int32" }),
      };
      return Promise.resolve({ outputs, done: Promise.resolve() });
    },
  };
}

/** The series of Figure 1 as training records them: means over a probe set of three images of four. */
async function checkMonitor(
  engine: Engine,
  golden: GoldenEvaluation,
  activation: string,
): Promise<void> {
  const { logits, ...expected } = golden.activations[activation], probeImages = 3;
  const network = goldenNetwork(activation, golden.width), trained = variables(network);
  const heldOut = goldenBatch(golden);
  const model: Values = Object.fromEntries(
    Object.entries(goldenTensors(network, golden.seed)).map(([name, { shape, data }]) => [
      `${name in trained ? "weight" : "statistic"}/${name}`,
      engine.put(data, float32(shape)),
    ]),
  );
  using monitor = await createMonitor(engine, {
    network,
    heldOut: sourceOf(engine, heldOut.images.data, heldOut.labels, 3),
    probeImages,
    epsilon: golden.epsilon,
  });
  const measured = await monitor.measure(model);
  Object.values(model).forEach((value) => value[Symbol.dispose]());
  const mean = (values: readonly number[]) =>
    values.slice(0, probeImages).reduce((sum, value) => sum + value, 0) / probeImages;
  for (
    const name of ["input_gradient_norm", "linearization_error", "participation_ratio"] as const
  ) {
    assertClose([measured[name]], [mean(expected[`${name}s`])], 1e-4, { label: name });
  }
  const right = logits.filter((row, i) => row[heldOut.labels[i]] === Math.max(...row)).length;
  assertEquals(measured.clean_accuracy, right / logits.length);
  assert(measured.pgd10_accuracy <= measured.clean_accuracy);
}

interface GoldenSgd extends Pick<Setting, "seed"> {
  readonly size: number;
  readonly momentum: number;
  readonly weight_decay: number;
  readonly learning_rates: readonly number[];
  readonly cases: Readonly<Record<string, { parameters: number[]; momentum: number[] }[]>>;
}

/** Consecutive steps of SGD from an empty momentum buffer. */
async function checkSgd(
  engine: Engine,
  { seed, size, momentum, weight_decay, learning_rates }: GoldenSgd,
  nesterov: boolean,
  expected: readonly { parameters: number[]; momentum: number[] }[],
): Promise<void> {
  const shape = [size];
  let weight = hashed(`${seed}:sgd:start`, shape, -1, 1), buffer = new Float32Array(size);
  for (const [i, rate] of learning_rates.entries()) {
    const inputs = {
      weight: { shape, data: weight },
      gradient: { shape, data: hashed(`${seed}:sgd:gradient${i}`, shape, -1, 1) },
      buffer: { shape, data: buffer },
      rate: { shape: [], data: new Float32Array([rate]) },
    };
    const result = await runOnce(
      engine,
      "sgd",
      inputs,
      ({ weight, gradient, buffer, rate }) => ({
        ...sgdUpdate(weight, gradient, buffer, rate, { momentum, nesterov, weight_decay }),
      }),
    );
    weight = result.weight.data;
    buffer = result.buffer.data;
    assertClose(weight, expected[i].parameters, 1e-6, { label: `weights after step ${i}` });
    assertClose(buffer, expected[i].momentum, 1e-6, { label: `momentum after step ${i}` });
  }
}

Deno.test("learningRate() is that of PyTorch's schedulers", async () => {
  const { cases } = await readGolden<{ cases: (Schedule & { steps: number; rates: number[] })[] }>(
    "schedules",
  );
  for (const { steps, rates, ...schedule } of cases) {
    const actual = rates.map((_, step) => learningRate(schedule as Schedule, step, steps));
    assertClose(actual, rates, 1e-12, { label: `${schedule.kind} of ${steps} steps` });
  }
});
