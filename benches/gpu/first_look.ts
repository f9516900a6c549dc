/**
 * Does a PJRT plugin compute what the CPU plugin computes, and how fast are its steps?
 *
 *     first_look record PLUGIN FILE            writes what this plugin computes
 *     first_look compare PLUGIN FILE           computes the same and compares; exit code 1 if it differs
 *     first_look time PLUGIN [BATCH…]          times steps of width 64 beside PyTorch's
 *
 * `pack.ts` makes of it one file that needs nothing but Deno.
 *
 * @module
 */
import { type Engine, openEngine, type Program, type Values } from "../../lib/engines/mod.ts";
import type { Activation } from "../../lib/models/activations.ts";
import { modelCard } from "../../lib/models/card.ts";
import { initialize } from "../../lib/models/initialize.ts";
import { classifier } from "../../lib/models/load.ts";
import { stream } from "../../lib/random/philox.ts";
import { stateSpecs, stepProgram, totalNames } from "../../lib/training/step.ts";
import type { Tensor4D } from "@tensorflow/tfjs";
import { objectives, prepare } from "../step/ours.ts";
import { startTorch } from "../step/torch.ts";

const width = 8, batchSize = 64, steps = 10;
/** Relative L2 norm of the difference that float32 in another order may have after ten steps. */
const tolerances: Record<string, number> = { logits: 1e-5, totals: 1e-3, weights: 1e-2 };

type Recorded = Record<string, number[]>;

const norm = (values: number[]) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

/** Ten steps from given weights on given images, and the logits of the given weights. */
async function compute(engine: Engine, method: string, activation: Activation): Promise<Recorded> {
  const card = modelCard({ activation, width }), initial = initialize(card, 1);
  const pixels = new Float32Array(batchSize * 3072);
  stream(1, "first look").fill(pixels, 0, 1);
  const labels = Int32Array.from({ length: batchSize }, (_, i) => (7 * i) % 10);
  const imageSpec = { shape: [batchSize, 32, 32, 3], dtype: "float32" } as const;
  const model = classifier(card, initial);
  const evaluate: Program = {
    name: "logits",
    inputs: {
      images: imageSpec,
      ...Object.fromEntries(
        Object.entries(initial).map(([name, { shape }]) => [name, { shape, dtype: "float32" }]),
      ),
    },
    build: ({ images, ...weights }) => ({ logits: model.logits(weights, images as Tensor4D) }),
  };
  using logits = await engine.compile(evaluate);
  const weights = Object.fromEntries(
    Object.entries(initial).map(([name, { shape, data }]) => [
      name,
      engine.put(data, { shape, dtype: "float32" }),
    ]),
  );
  const images = engine.put(pixels, imageSpec);
  const before = [...await engine.read((await logits.run({ ...weights, images })).logits)];

  using step = await engine.compile(stepProgram({
    card,
    objective: objectives[method],
    sgd: { momentum: 0.9, nesterov: false, weight_decay: 5e-4 },
    batchSize,
    batchNorm: { mode: "train", momentum: 0.1 },
  }));
  let state: Values = {};
  for (const [name, spec] of Object.entries(stateSpecs(card))) {
    const tensor = initial[name.replace(/^(weight|statistic)\//, "")];
    const size = spec.shape.reduce((product, n) => product * n, 1);
    state[name] = engine.put(tensor?.data ?? new Float32Array(size), spec);
  }
  for (let i = 0; i < steps; i++) {
    state = await step.run({
      ...state,
      images: engine.put(pixels, imageSpec),
      labels: engine.put(labels, { shape: [batchSize], dtype: "int32" }),
      learning_rate: engine.put(Float32Array.of(0.01), { shape: [], dtype: "float32" }),
    });
  }
  const totals = [...await engine.read(state.totals)];
  const after: number[] = [];
  for (const name of Object.keys(initial)) {
    if (name.endsWith("weight")) after.push(...await engine.read(state[`weight/${name}`]));
  }
  return {
    logits: before,
    totals: totals.slice(0, totalNames.length - 1), // correct answers jump
    weights: after.filter((_, i) => i % 97 === 0), // enough to tell, and small
  };
}

async function computeAll(engine: Engine): Promise<Record<string, Recorded>> {
  const results: Record<string, Recorded> = {};
  for (const method of Object.keys(objectives)) {
    for (const activation of ["relu", "prelu", "gelu", "softplus"] as const) {
      results[`${method} ${activation}`] = await compute(engine, method, activation);
    }
  }
  return results;
}

/** Prints one line for each comparison; returns whether all are within their tolerance. */
function compare(found: Record<string, Recorded>, wanted: Record<string, Recorded>): boolean {
  let good = true;
  console.log(
    `| ${width} channels, ${steps} steps | logits | totals | weights |\n|---|---|---|---|`,
  );
  for (const [name, expected] of Object.entries(wanted)) {
    const cells = Object.entries(expected).map(([key, values]) => {
      const difference = norm(values.map((v, i) => v - found[name][key][i])) / norm(values);
      const right = difference <= tolerances[key];
      good &&= right;
      return `${difference.toExponential(1)}${right ? "" : " TOO LARGE"}`;
    });
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
  return good;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function time(engine: Engine, batches: number[]): Promise<void> {
  await using torch = await startTorch(2, engine.description.platform === "cpu" ? "cpu" : "cuda");
  console.log(`PyTorch ${torch.version}; milliseconds a step, median of 20, in turns`);
  console.log("| method | activation | batch | ours | PyTorch | ratio | compilation, s |");
  console.log("|---|---|---|---|---|---|---|");
  for (const batch of batches) {
    for (const method of Object.keys(objectives)) {
      for (const activation of ["relu", "gelu"] as const) {
        using ours = await prepare(engine, objectives[method], activation, { width: 64, batch });
        const request = { method, activation, width: 64, batch };
        const times = { ours: [] as number[], torch: [] as number[] };
        for (let i = 0; i < 23; i++) {
          times.ours.push(await ours.step());
          times.torch.push(await torch.step(request));
        }
        const [own, other] = [times.ours, times.torch].map((list) => median(list.slice(3)));
        console.log(
          `| ${method} | ${activation} | ${batch} | ${own.toFixed(1)} | ${other.toFixed(1)} | ${
            (own / other).toFixed(2)
          } | ${(ours.compiled / 1000).toFixed(1)} |`,
        );
      }
    }
  }
}

async function main([command, plugin, ...rest]: string[]): Promise<void> {
  using engine = await openEngine({ kind: "pjrt", plugin });
  console.log(JSON.stringify(engine.description));
  if (command === "record") {
    await Deno.writeTextFile(rest[0], JSON.stringify(await computeAll(engine)));
  } else if (command === "compare") {
    const wanted = JSON.parse(await Deno.readTextFile(rest[0]));
    if (!compare(await computeAll(engine), wanted)) Deno.exitCode = 1;
  } else if (command === "time") {
    await time(engine, rest.length > 0 ? rest.map(Number) : [128, 256, 512]);
  } else {
    throw new RangeError(`Cannot do "${command}": expected record, compare or time`);
  }
}

if (import.meta.main) await main(Deno.args);
