/**
 * AutoAttack beside the reference implementation: verdicts image by image, and wall time.
 *
 *     git clone https://github.com/fra31/auto-attack REFERENCE
 *     deno task bench:autoattack --reference REFERENCE --data test_batch.bin \
 *         [--limit 256] [--offset 0] [--seed 0] [--batch 64] [--reference-batch 256] [--threads 2] \
 *         [--version standard|plus|rand] [--search f32,bf16] [--results DIR] [--patience 60] [--second-seed 1] MODEL.safetensors …
 *
 * Each model needs its card beside it, as `NAME.card.json`. Both sides run as processes of their
 * own on all cores, one after the other, each when the machine is quiet (or after `--patience`
 * seconds, and then counted as disturbed); their wall times hold starting, loading and compiling.
 * `--search` lists precisions in which our attacks search: the reference is run once for all.
 * `--second-seed` runs the reference once more, to say how far it agrees with itself.
 * Without a model the halves in `docs/results/autoattack` are compared, or those in `--results`.
 * With `--results` each half is kept, and one that is there is not run again: its time is then the
 * one of that run. Needs `python3` with torch and numpy.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { UsageError } from "../../cli/common/flags.ts";
import { ENGINE_DEFAULTS } from "../../pipeline/run/permissions.ts";
import { findPlugin } from "../../tests/engines.ts";
import { waitForQuiet } from "../step/quiet.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { measuredOn } from "../tables/machine.ts";
import { compare, type Half, type Work } from "./compare.ts";
import { type Measured, toMarkdown } from "./report.ts";
import { readStored } from "./stored.ts";

const here = (name: string) => decodeURIComponent(new URL(name, import.meta.url).pathname);

/** The halves that the repository keeps. */
const STORED = here("../../docs/results/autoattack");

const OPTIONS = {
  task: "bench:autoattack",
  defaults: {
    ...{ reference: "", data: "", results: "", limit: "256", offset: "0", seed: "0" },
    ...{ batch: "64", "reference-batch": "256", threads: "2", patience: "60" },
    ...{ search: "f32", version: "standard", "second-seed": "" },
  },
  rest: "[MODEL.safetensors …]",
} as const;

async function main(
  { texts: flags, rest: models, publish }: Bench<keyof typeof OPTIONS.defaults>,
): Promise<void> {
  if (models.length === 0) {
    const stored = await readStored(flags.results || STORED);
    return await publish(toMarkdown(stored), "from the halves in `docs/results/autoattack`");
  }
  if (!flags.reference || !flags.data) {
    throw new UsageError("Cannot compare: expected --reference CHECKOUT and --data FILE");
  }
  const number = (
    name: "limit" | "offset" | "seed" | "batch" | "threads" | "patience" | "second-seed",
  ) => {
    const value = Number(flags[name]);
    if (Number.isInteger(value) && value >= 0) return value;
    throw new UsageError(`Cannot use "--${name} ${flags[name]}": expected a whole number`);
  };
  const results = flags.results || await Deno.makeTempDir();
  await Deno.mkdir(results, { recursive: true });
  const plugin = await findPlugin();
  const measured: Measured[] = [];
  for (const model of models) {
    const name = basename(model).replace(/(\.model)?\.safetensors$/, "") +
      (flags.version === "standard" ? "" : `-${flags.version}`);
    const work: Work = {
      model,
      card: model.replace(/(\.model)?\.safetensors$/, ".card.json"),
      data: flags.data,
      offset: number("offset"),
      limit: number("limit"),
      epsilon: 8 / 255,
      seed: number("seed"),
      version: flags.version,
      batch: number("batch"),
    };
    const weights = createHash("sha256").update(await Deno.readFile(model)).digest("hex");
    const half = async (
      side: string,
      seed: number,
      command: (out: string) => Deno.Command,
    ): Promise<Half> => {
      const out = join(results, `${name}.${side}.seed${seed}.json`);
      try {
        return JSON.parse(await Deno.readTextFile(out));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      const quiet = await waitForQuiet(number("patience")),
        started = performance.now(),
        began = new Date();
      const { success } = await command(out).spawn().status;
      if (!success) throw new Error(`Cannot attack ${model} with ${side}: see its message above`);
      const seconds = (performance.now() - started) / 1000;
      const found = JSON.parse(await Deno.readTextFile(out));
      const half: Half = { ...found, weights, seconds, quiet, measured: measuredOn([], began) };
      await Deno.writeTextFile(out, JSON.stringify(half) + "\n");
      return half;
    };
    const runOurs = (search: string) =>
      half(
        search === "f32" ? "ours" : `ours-${search}`,
        work.seed,
        (out) =>
          new Deno.Command(Deno.execPath(), {
            args: ["run", "-A", here("ours.ts"), JSON.stringify({ ...work, plugin, search, out })],
            env: { ...ENGINE_DEFAULTS },
          }),
      );
    const runReference = (seed: number) =>
      half("reference", seed, (out) =>
        new Deno.Command("python3", {
          args: [
            "-B",
            here("reference.py"),
            ...Object.entries({
              reference: flags.reference,
              ...work,
              seed,
              batch: flags["reference-batch"],
              threads: number("threads"),
              out,
            }).flatMap(([name, value]) => [`--${name}`, String(value)]),
          ],
        }));
    const reference = await runReference(work.seed);
    const spread = flags["second-seed"] === ""
      ? undefined
      : compare(await runReference(number("second-seed")), reference);
    for (const search of flags.search.split(",")) {
      const ours = await runOurs(search);
      measured.push({ name, ours, reference, comparison: compare(ours, reference), spread });
    }
  }
  await publish(toMarkdown(measured));
}

if (import.meta.main) await benchMain(OPTIONS, main);
