/**
 * Times one training step beside PyTorch's, on the same machine in the same run.
 *
 *     deno run -A benches/step/mod.ts [--width 64] [--batch 32] [--repeats 7] [--activations gelu,relu] [--precision f32,bf16] [--engine pjrt|tensorflow] [--patience 60]
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
import { parseArgs } from "@std/cli";
import type { Precision } from "../../lib/engines/mod.ts";
import { engines } from "../../tests/engines.ts";
import { OBJECTIVES } from "../objectives.ts";
import { prepare } from "./ours.ts";
import { waitForQuiet } from "./quiet.ts";
import { startTorch } from "./torch.ts";

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: [
      "width",
      "batch",
      "repeats",
      "activations",
      "methods",
      "precision",
      "engine",
      "threads",
      "patience",
    ],
    default: {
      width: "64",
      batch: "32",
      repeats: "7",
      activations: "gelu,relu",
      methods: "natural,igr,fgsm",
      precision: "f32",
      engine: "pjrt",
      threads: "2",
      patience: "60",
    },
  });
  const [width, batch, repeats, threads, patience] = [
    flags.width,
    flags.batch,
    flags.repeats,
    flags.threads,
    flags.patience,
  ].map(Number);
  if (![width, batch, repeats, threads, patience].every((n) => Number.isInteger(n) && n > 0)) {
    throw new RangeError(
      "--width, --batch, --repeats, --threads and --patience take positive whole numbers",
    );
  }
  const precisions = flags.precision.split(",") as Precision[];
  const wrong = precisions.find((name) => !["f32", "tf32", "bf16"].includes(name));
  if (wrong !== undefined) {
    throw new RangeError(`Cannot time precision "${wrong}": expected f32, tf32 or bf16`);
  }
  const wanted = (await engines()).find(({ kind }) => kind === flags.engine);
  if (wanted === undefined || wanted.ignore) {
    throw new Error(
      `Cannot time the engine "${flags.engine}": ${wanted?.label ?? "it is unknown"}`,
    );
  }
  using engine = await wanted.open();
  await using torch = await startTorch(threads);
  const { platform, versions } = engine.description;
  console.log(
    `PreActResNet18, width ${width}, batch ${batch}; ${flags.engine} ${platform} ${
      JSON.stringify(versions)
    }; PyTorch ${torch.version}, ${threads} threads; ` +
      `${navigator.hardwareConcurrency} cores; fastest (median) of ${repeats}, in turns\n`,
  );
  console.log(
    "| method | activation | precision | ours, ms | of the first | PyTorch, ms | ratio | disturbed | compilation, s |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const method of flags.methods.split(",")) {
    for (const activation of flags.activations.split(",")) {
      if (!(method in OBJECTIVES)) {
        throw new RangeError(
          `Cannot time "${method}": expected one of ${Object.keys(OBJECTIVES).join(", ")}`,
        );
      }
      using stack = new DisposableStack();
      const sides = [];
      for (const precision of precisions) {
        const ours = await prepare(engine, {
          objective: OBJECTIVES[method as keyof typeof OBJECTIVES],
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
      let disturbed = 0;
      for (let i = 0; i < repeats; i++) {
        if (!await waitForQuiet(patience)) disturbed++;
        for (const { ours, times } of sides) times.push(await ours.step());
        torchTimes.push(await torch.step(request));
      }
      const show = (list: number[]) =>
        `${Math.min(...list).toFixed(0)} (${median(list).toFixed(0)})`;
      const ratio = (a: number[], b: number[]) => (Math.min(...a) / Math.min(...b)).toFixed(2);
      for (const { precision, ours, times } of sides) {
        console.log(
          `| ${method} | ${activation} | ${precision} | ${show(times)} | ${
            ratio(times, sides[0].times)
          } | ${show(torchTimes)} | ${ratio(times, torchTimes)} | ${disturbed} of ${repeats} | ${
            (ours.compiled / 1000).toFixed(1)
          } |`,
        );
      }
    }
  }
}

if (import.meta.main) await main();
