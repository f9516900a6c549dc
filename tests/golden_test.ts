/**
 * The network, its objectives and its optimiser beside PyTorch in float64. `engines_contract_test.ts`
 * holds the programs to it that it compiles.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Engine, Program, PutData, Spec, Values } from "../lib/engines/mod.ts";
import { variables } from "../lib/models/network.ts";
import { choiceSize } from "../lib/training/augmentation.ts";
import type { ImageSource } from "../lib/training/device_images.ts";
import { createMonitor } from "../lib/training/monitor.ts";
import { learningRate, type Schedule } from "../lib/training/schedule.ts";
import { sgdUpdate } from "../lib/training/sgd.ts";
import { assertClose } from "./close.ts";
import { engines } from "./engines.ts";
import { assertEvaluation, evaluationOf, type GoldenEvaluation } from "./golden_evaluation.ts";
import { assertStep, goldenStep, stepData } from "./golden_step.ts";
import {
  CONTRACTED,
  goldenBatch,
  goldenNetwork,
  type GoldenStep,
  goldenTensors,
  readGolden,
  type Setting,
} from "./golden_values.ts";
import { hashed } from "./hashed.ts";
import { runCompiled, runOnce } from "./run_once.ts";

const float32 = (shape: readonly number[]): Spec => ({ shape, dtype: "float32" });

const methods = {
  igr: ["prelu", "softplus", "softplus10"],
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
      const others = Object.keys(golden.activations).filter((name) => !CONTRACTED.includes(name));
      for (const activation of others) {
        await t.step(activation, async () => {
          const network = goldenNetwork(activation, golden.width);
          const { program, data } = evaluationOf(network, golden);
          assertEvaluation(await runOnce(engine, program, data), golden, activation);
        });
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

/** Holds one step to golden values. */
async function checkStep(engine: Engine, golden: GoldenStep, activation: string): Promise<void> {
  const network = goldenNetwork(activation, golden.width), program = goldenStep(golden, network);
  using executable = await engine.compile(program);
  const data = stepData(network, golden);
  const result = await runCompiled(engine, executable, program.inputs, data);
  assertStep(result, executable.outputs, golden, network);
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
    batch({ choices }) {
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
  const shape = [size], tensor = float32(shape);
  const program: Program = {
    name: "sgd",
    inputs: { weight: tensor, gradient: tensor, buffer: tensor, rate: float32([]) },
    build: ({ weight, gradient, buffer, rate }) => ({
      ...sgdUpdate(weight, gradient, buffer, rate, { momentum, nesterov, weight_decay }),
    }),
  };
  using executable = await engine.compile(program);
  let weight = hashed(`${seed}:sgd:start`, shape, -1, 1), buffer = new Float32Array(size);
  for (const [i, rate] of learning_rates.entries()) {
    const gradient = hashed(`${seed}:sgd:gradient${i}`, shape, -1, 1);
    const given: Record<string, PutData> = {
      weight,
      gradient,
      buffer,
      rate: Float32Array.of(rate),
    };
    const result = await runCompiled(engine, executable, program.inputs, (name) => given[name]);
    weight = result.weight as typeof weight;
    buffer = result.buffer as typeof buffer;
    assertClose(weight, expected[i].parameters, 1e-6, { label: `weights after step ${i}` });
    assertClose(buffer, expected[i].momentum, 1e-6, { label: `momentum after step ${i}` });
  }
}

Deno.test("learningRate() is that of PyTorch's schedulers", async () => {
  const { cases } = await readGolden<{ cases: (Schedule & { steps: number; rates: number[] })[] }>(
    "schedules",
  );
  for (const { steps, rates, ...schedule } of cases) {
    const actual = rates.map((_, step) => learningRate(schedule as Schedule, step, steps, 1));
    assertClose(actual, rates, 1e-12, { label: `${schedule.kind} of ${steps} steps` });
  }
});
