/**
 * The contract of engines: the same programs give the same numbers on every engine of this machine.
 *
 * The judge is the engine `cpu`, which shares no native code with the others; that it is right, the
 * golden values show, which are PyTorch's in float64.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { OBJECTIVES } from "../benches/objectives.ts";
import type { Engine, HostData } from "../lib/engines/mod.ts";
import { toStableHlo } from "../lib/stablehlo/print.ts";
import { trace } from "../lib/tracing/trace.ts";
import { relativeDifference } from "./close.ts";
import { cudaEngine, engines } from "./engines.ts";
import { assertEvaluation, evaluationOf, type GoldenEvaluation } from "./golden_evaluation.ts";
import { assertStep, goldenStep, stepData, stepOf } from "./golden_step.ts";
import {
  CONTRACTED,
  goldenNetwork,
  type GoldenStep,
  readGolden,
  type Setting,
} from "./golden_values.ts";
import { type DataOf, runCompiled } from "./run_once.ts";

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

/**
 * The networks; the same programs are held to PyTorch's numbers as well. Other activations have the
 * contract of `lib/models/activations`, on every engine.
 */
const models = CONTRACTED.map((activation) => ({ activation }));

const setting: Setting = { width: 2, batch: 4, seed: 11, epsilon: 8 / 255 };

/** Logits, losses and input gradients in evaluation mode. */
async function evaluate(engine: Engine, { activation }: typeof models[number]) {
  const network = goldenNetwork(activation, setting.width);
  const { program, data } = evaluationOf(network, setting);
  using executable = await engine.compile(program);
  const run = (data: DataOf) => runCompiled(engine, executable, program.inputs, data);
  const golden = await readGolden<GoldenEvaluation>("evaluation");
  const { width, batch, epsilon } = golden;
  assertEquals({ ...setting, width, batch, epsilon }, setting, "one program for both");
  assertEvaluation(await run(evaluationOf(network, golden).data), golden, activation);
  return await run(data);
}

/** A first training step; without weight decay the momentum it leaves is the gradient. */
async function step(
  engine: Engine,
  { activation }: typeof models[number],
  method: "natural" | "igr",
) {
  const network = goldenNetwork(activation, setting.width);
  const program = stepOf(network, OBJECTIVES[method], setting);
  using executable = await engine.compile(program);
  const run = (setting: Setting) =>
    runCompiled(engine, executable, program.inputs, stepData(network, setting));
  const golden = await readGolden<GoldenStep>(`step_${method}_${activation}`);
  const same = toStableHlo(trace(goldenStep(golden, network)));
  assertEquals(toStableHlo(trace(program)), same, "one program for both");
  assertStep(await run(golden), executable.outputs, golden, network);
  const state = await run(setting);
  return (group: string) =>
    Object.fromEntries(
      Object.entries(state).filter(([name]) => name.startsWith(`${group}/`)),
    );
}

/** Everything that is compared. */
async function measure(engine: Engine, model: typeof models[number]): Promise<Measured> {
  const { logits, losses, gradients } = await evaluate(engine, model);
  const natural = await step(engine, model, "natural");
  const regularised = await step(engine, model, "igr");
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
    name: `every engine computes what the engine cpu does, and PyTorch [${label}]`,
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

Deno.test("the contract tells first-order from second-order gradients, and activations apart; its judge is right", async () => {
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
