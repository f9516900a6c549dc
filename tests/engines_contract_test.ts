/**
 * The contract of engines: the same programs give the same numbers on every engine of this machine.
 *
 * The judge is the engine `cpu`, which shares no native code with the others; that it is right,
 * `golden_test.ts` shows beside PyTorch in float64.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine, HostData, Program } from "../lib/engines/mod.ts";
import { classifier } from "../lib/models/load.ts";
import { tf } from "../lib/tensorflow/mod.ts";
import { OBJECTIVES } from "../benches/objectives.ts";
import type { Objective } from "../lib/training/method.ts";
import { crossEntropy } from "../lib/training/objectives.ts";
import { stepProgram } from "../lib/training/step.ts";
import { relativeDifference } from "./close.ts";
import { cudaEngine, engines } from "./engines.ts";
import { goldenBatch, goldenTensors, type Setting } from "./golden_values.ts";
import { testNetwork } from "./networks.ts";
import { runOnce } from "./run_once.ts";

/**
 * What is compared, and the largest relative difference of a tensor (L2 norms) that the contract
 * allows: about four times the largest that was measured. All are float32 rounding: a sum in another
 * order differs by about 1e-7 of the size of its addends, which grows with each differentiation and
 * where addends nearly cancel, as in the gradients of batch norm's weights.
 */
const tolerances = {
  "logits": 2e-6,
  "losses": 1e-6,
  "input gradients": 1e-5,
  "parameter gradients": 1e-4,
  "second-order gradients": 5e-4,
  "weights after a step": 5e-5,
  "statistics after a step": 2e-6,
} as const;

type Kind = keyof typeof tolerances;

/** Tensors on the host by kind and name. */
type Measured = Record<Kind, Record<string, HostData>>;

/** `golden_test.ts` has the others. */
const models = [{ activation: "relu" }, { activation: "gelu" }, { activation: "silu" }] as const;

const setting: Setting = { width: 2, batch: 4, seed: 11, epsilon: 8 / 255 };

const networkOf = (model: typeof models[number]) =>
  testNetwork({
    ...model,
    width: setting.width,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.2471, 0.2435, 0.2616],
  });

/** Logits, losses and input gradients in evaluation mode. */
function evaluate(engine: Engine, model: typeof models[number]) {
  const network = networkOf(model), { images, labels } = goldenBatch(setting);
  const { logits, weights, classes } = classifier(network, goldenTensors(network, setting.seed));
  const inputs = { ...weights, images };
  const program: Program = {
    name: "evaluation",
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, { shape }]) => [name, { shape, dtype: "float32" }]),
    ),
    build: (tensors) => {
      const images = tensors.images as Tensor4D;
      const oneHot = tf.oneHot(tf.tensor1d([...labels], "int32"), classes) as Tensor2D;
      const losses = (x: Tensor) => crossEntropy(logits(tensors, x as Tensor4D), oneHot);
      return {
        logits: logits(tensors, images),
        losses: losses(images),
        gradients: tf.grad((x) => tf.sum(losses(x)))(images),
      };
    },
  };
  return runOnce(engine, program, (name) => inputs[name as keyof typeof inputs].data);
}

/** A first training step; without weight decay the momentum it leaves is the gradient. */
async function step(engine: Engine, model: typeof models[number], objective: Objective) {
  const network = networkOf(model), { images, labels } = goldenBatch(setting);
  const tensors = goldenTensors(network, setting.seed);
  const program = stepProgram({
    network,
    objective,
    optimizer: { momentum: 0.9, nesterov: false, weight_decay: 0 },
    batchSize: setting.batch,
    batchNorm: { mode: "train", momentum: 0.1 },
  });
  const state = await runOnce(engine, program, (name, { shape }) => {
    if (name === "images") return images.data;
    if (name === "labels") return labels;
    if (name === "learning_rate") return Float32Array.of(0.125);
    return /^(weight|statistic)\//.test(name)
      ? tensors[name.slice(name.indexOf("/") + 1)].data
      : new Float32Array(shape.reduce((product, n) => product * n, 1));
  });
  return (group: string) =>
    Object.fromEntries(
      Object.entries(state).filter(([name]) => name.startsWith(`${group}/`)),
    );
}

/** Everything that is compared. */
async function measure(engine: Engine, model: typeof models[number]): Promise<Measured> {
  const { logits, losses, gradients } = await evaluate(engine, model);
  const natural = await step(engine, model, OBJECTIVES.natural);
  const regularised = await step(engine, model, OBJECTIVES.igr);
  return {
    "logits": { logits },
    "losses": { losses },
    "input gradients": { gradients },
    "parameter gradients": natural("momentum"),
    "second-order gradients": regularised("momentum"),
    "weights after a step": regularised("weight"),
    "statistics after a step": regularised("statistic"),
  };
}

const [judge, ...others] = await engines();
const judged = new Map<typeof models[number], Promise<Measured>>();

/** The judge's numbers, computed once. */
async function judgement(model: typeof models[number]): Promise<Measured> {
  const known = judged.get(model) ?? (async () => {
    using engine = await judge.open();
    return await measure(engine, model);
  })();
  judged.set(model, known);
  return await known;
}

for (const { label, ignore, open } of [...others, await cudaEngine()]) {
  Deno.test({
    name: `every engine computes what the engine cpu does [${label}]`,
    ignore,
    fn: async (t) => {
      using engine = await open();
      for (const model of models) {
        await t.step(model.activation, async () => {
          const expected = await judgement(model), actual = await measure(engine, model);
          assertEquals(engine.live(), 0);
          for (const [kind, limit] of Object.entries(tolerances) as [Kind, number][]) {
            assertEquals(Object.keys(actual[kind]).sort(), Object.keys(expected[kind]).sort());
            for (const [name, values] of Object.entries(expected[kind])) {
              const difference = relativeDifference(actual[kind][name], values);
              assert(
                difference <= limit, // false for NaN
                `${kind}, ${name}: relative difference ${difference.toExponential(2)}, ` +
                  `expected at most ${limit}`,
              );
            }
          }
        });
      }
    },
  });
}

Deno.test("the contract tells first-order from second-order gradients, and activations apart", async () => {
  const [relu, gelu] = await Promise.all([judgement(models[0]), judgement(models[1])]);
  const gap = (a: Measured, b: Measured, kind: Kind) =>
    Math.max(
      ...Object.keys(a[kind]).map((name) => relativeDifference(b[kind][name], a[kind][name])),
    );
  for (const [kind, limit] of Object.entries(tolerances) as [Kind, number][]) {
    assert(gap(relu, gelu, kind) > 100 * limit, `${kind} hardly depend on the activation`);
  }
  const penalty = Object.keys(relu["parameter gradients"]).map((name) =>
    relativeDifference(gelu["second-order gradients"][name], gelu["parameter gradients"][name])
  );
  assert(Math.min(...penalty) > 0.01, "the penalty hardly changes the gradients");
});
