/**
 * What compiling a training step on a CPU takes, what loading it takes, and what it runs for with
 * oneDNN and without: programs that hold calls of oneDNN cannot be kept.
 *
 *     deno task bench:load [--sizes 4x32,16x64] [--repeats 7] [--patience 60] [--write]
 *
 * `--sizes` are width x batch of PreActResNet18 with GELU.
 *
 * @module
 */
import { UsageError } from "../../cli/common/flags.ts";
import { openEngine } from "../../lib/engines/mod.ts";
import { findPlugin } from "../../tests/engines.ts";
import { OBJECTIVES } from "../objectives.ts";
import { prepare, type StepSetting } from "../step/ours.ts";
import { waitForQuiet } from "../step/quiet.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { table } from "../tables/markdown.ts";

const OPTIONS = {
  task: "bench:load",
  defaults: { sizes: "4x32,16x64", repeats: "7", patience: "60" },
  besides: ["patience"],
} as const;

const HEAD = ["step", "width", "batch", "compiled, ms", "loaded, ms"]
  .concat("a run with oneDNN, ms", "a run without, ms");

/** Milliseconds of compiling or loading, and of the fastest run. */
async function measure(
  plugin: string,
  setting: StepSetting,
  { repeats, executables }: { readonly repeats: number; readonly executables?: string },
): Promise<{ readonly compiled: number; readonly run: number }> {
  using engine = await openEngine({
    ...{ kind: "pjrt", plugin },
    ...executables === undefined ? {} : { executables },
  });
  using step = await prepare(engine, setting);
  const times: number[] = [];
  for (let i = 0; i <= repeats; i++) times.push(await step.step());
  return { compiled: step.compiled, run: Math.min(...times) };
}

async function main(bench: Bench<keyof typeof OPTIONS.defaults>): Promise<void> {
  const repeats = bench.whole("repeats"), patience = bench.whole("patience");
  const plugin = await findPlugin();
  if (plugin === undefined) {
    throw new Error('Cannot measure: found no plugin; run "deno task pipeline" once');
  }
  const lines: (string | number)[][] = [];
  let disturbed = 0;
  for (const size of bench.texts.sizes.split(",")) {
    const [, width, batch] = (/^(\d+)x(\d+)$/.exec(size) ?? []).map(Number);
    if (!(width > 0 && batch > 0)) {
      throw new UsageError(`Cannot use "--sizes ${size}": expected WIDTHxBATCH, for example 4x32`);
    }
    for (const [name, objective] of Object.entries(OBJECTIVES)) {
      const setting: StepSetting = { objective, activation: "gelu", width, batch };
      if (!await waitForQuiet(patience)) disturbed++;
      const executables = await Deno.makeTempDir({ prefix: "load_" });
      try {
        const fast = await measure(plugin, setting, { repeats });
        const kept = await measure(plugin, setting, { repeats, executables });
        const loaded = await measure(plugin, setting, { repeats, executables });
        const times = [kept.compiled, loaded.compiled, fast.run, Math.min(kept.run, loaded.run)];
        lines.push([name, width, batch, ...times.map((time) => time.toFixed(0))]);
        console.error(lines.at(-1)!.join(", "));
      } finally {
        await Deno.remove(executables, { recursive: true });
      }
    }
  }
  const legend = `The fastest of ${repeats} runs, tracing included in compiling and loading; ${
    disturbed === 0
      ? "the machine was quiet"
      : `${disturbed} of ${lines.length} rows were disturbed`
  }.`;
  await bench.publish(`${legend}\n\n${table(HEAD, lines)}`);
}

if (import.meta.main) await benchMain(OPTIONS, main);
