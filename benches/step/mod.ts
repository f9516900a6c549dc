/**
 * Times one training step beside PyTorch's, on the same machine in the same run.
 *
 *     deno task bench:step [--width 64] [--batch 32] [--repeats 7] [--activations gelu,relu] [--precision f32,bf16] [--engine pjrt|tensorflow] [--patience 60] [--write]
 *
 * Both sides take whole steps (forward, backward, twice for IGR and FGSM, and SGD with momentum 0.9
 * and weight decay 5e-4) of PreActResNet18 with batch norm in train mode, in turns, and wait for
 * the result of each; a turn begins when the machine is quiet, or after `--patience` seconds, and is
 * then counted as disturbed. Ratios are of the fastest steps. PyTorch is eager on two threads and
 * always in float32. Needs `python3` with torch, and the engine: the PJRT plugin in
 * `SMOOTHNESS_PJRT_PLUGIN` or where the pipeline installed it, or `deno task engine:tensorflow`.
 *
 * @module
 */
import { UsageError } from "../../cli/common/flags.ts";
import type { Precision } from "../../lib/engines/mod.ts";
import { engines } from "../../tests/engines.ts";
import { OBJECTIVES } from "../objectives.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { table } from "../tables/markdown.ts";
import { prepare } from "./ours.ts";
import { waitForQuiet } from "./quiet.ts";
import { startTorch } from "./torch.ts";

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

const OPTIONS = {
  task: "bench:step",
  defaults: {
    width: "64",
    batch: "32",
    repeats: "7",
    methods: "natural,igr,fgsm",
    activations: "gelu,relu",
    precision: "f32",
    engine: "pjrt",
    threads: "2",
    patience: "60",
  },
  besides: ["patience"],
} as const;

const HEAD = [
  "method",
  "activation",
  "precision",
  "ours, ms",
  "of the first",
  "PyTorch, ms",
  "ratio",
];

async function main(bench: Bench<keyof typeof OPTIONS.defaults>): Promise<void> {
  const { whole, texts } = bench;
  const width = whole("width"), batch = whole("batch"), repeats = whole("repeats");
  const threads = whole("threads"), patience = whole("patience");
  const precisions = texts.precision.split(",") as Precision[];
  for (const name of precisions) refuseOther("precision", name, ["f32", "tf32", "bf16"]);
  const methods = texts.methods.split(",") as (keyof typeof OBJECTIVES)[];
  for (const name of methods) refuseOther("methods", name, Object.keys(OBJECTIVES));
  const wanted = (await engines()).find(({ kind }) => kind === texts.engine);
  if (wanted === undefined || wanted.ignore) {
    throw new Error(
      `Cannot time the engine "${texts.engine}": ${wanted?.label ?? "it is unknown"}`,
    );
  }
  using engine = await wanted.open();
  await using torch = await startTorch(threads);
  const { platform, versions } = engine.description;
  const lines: string[][] = [];
  let disturbed = 0;
  for (const method of methods) {
    for (const activation of texts.activations.split(",")) {
      using stack = new DisposableStack();
      const sides = [];
      for (const precision of precisions) {
        const ours = await prepare(engine, {
          objective: OBJECTIVES[method],
          activation,
          width,
          batch,
          precision,
        });
        sides.push({ precision, ours: stack.use(ours), times: [] as number[] });
      }
      const request = { method, activation, width, batch };
      for (const { ours } of sides) await ours.step(); // all sides have one step untimed
      await torch.step(request);
      const torchTimes: number[] = [];
      for (let i = 0; i < repeats; i++) {
        if (!await waitForQuiet(patience)) disturbed++;
        for (const { ours, times } of sides) times.push(await ours.step());
        torchTimes.push(await torch.step(request));
      }
      const show = (list: number[]) =>
        `${Math.min(...list).toFixed(0)} (${median(list).toFixed(0)})`;
      const ratio = (a: number[], b: number[]) => (Math.min(...a) / Math.min(...b)).toFixed(2);
      for (const { precision, ours, times } of sides) {
        lines.push([
          ...[method, activation, precision, show(times), ratio(times, sides[0].times)],
          ...[show(torchTimes), ratio(times, torchTimes)],
        ]);
        const seconds = (ours.compiled / 1000).toFixed(1);
        console.error(`${lines.at(-1)!.join(", ")}; compiled in ${seconds} s`);
      }
    }
  }
  const turns = lines.length / precisions.length * repeats;
  const legend =
    `PreActResNet18, width ${width}, batch ${batch}: the fastest step (the median) of ` +
    `${repeats} in turns; ${
      disturbed === 0 ? "the machine was quiet" : `${disturbed} of ${turns} turns were disturbed`
    }.`;
  await bench.publish(`${legend}\n\n${table(HEAD, lines)}`, [
    `${texts.engine} ${versions[texts.engine] ?? ""} on ${platform}`,
    `PyTorch ${torch.version}, eager, f32, ${threads} threads`,
  ]);
}

function refuseOther(option: string, name: string, allowed: readonly string[]): void {
  if (allowed.includes(name)) return;
  throw new UsageError(`Cannot use "--${option} ${name}": expected ${allowed.join(", ")}`);
}

if (import.meta.main) await benchMain(OPTIONS, main);
