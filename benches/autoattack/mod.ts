/**
 * AutoAttack beside the reference implementation: verdicts image by image, and wall time.
 *
 *     git clone https://github.com/fra31/auto-attack REFERENCE
 *     deno run -A benches/autoattack/mod.ts --reference REFERENCE --data test_batch.bin \
 *         [--limit 256] [--offset 0] [--seed 0] [--batch 64] [--reference-batch 256] [--threads 2] \
 *         [--version standard|plus|rand] [--search f32,bf16] [--results DIR] [--patience 60] [--second-seed 1] MODEL.safetensors …
 *
 * Each model needs its card beside it, as `NAME.card.json`. Both sides run as processes of their
 * own on all cores, one after the other, each when the machine is quiet (or after `--patience`
 * seconds, and then counted as disturbed); their wall times hold starting, loading and compiling.
 * `--search` lists precisions in which our attacks search: the reference is run once for all.
 * `--second-seed` runs the reference once more, to say how far it agrees with itself.
 * With `--results` each half is kept, and one that is there is not run again: its time is then the
 * one of that run. Needs `python3` with torch and numpy.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { ENGINE_DEFAULTS } from "../../pipeline/run/permissions.ts";
import { findPlugin } from "../../tests/engines.ts";
import { waitForQuiet } from "../step/quiet.ts";
import { compare, type Half, type Work } from "./compare.ts";
import { type Measured, toMarkdown } from "./report.ts";

const here = (name: string) => decodeURIComponent(new URL(name, import.meta.url).pathname);

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: [
      "reference",
      "data",
      "limit",
      "offset",
      "seed",
      "batch",
      "reference-batch",
      "threads",
      "results",
      "patience",
      "second-seed",
      "search",
      "version",
    ],
    default: {
      limit: "256",
      offset: "0",
      seed: "0",
      batch: "64",
      "reference-batch": "256",
      threads: "2",
      patience: "60",
      search: "f32",
      version: "standard",
    },
  });
  const models = flags._.map(String);
  if (!flags.reference || !flags.data || models.length === 0) {
    throw new RangeError(
      "Cannot compare: expected --reference CHECKOUT, --data FILE and at least one MODEL.safetensors",
    );
  }
  const number = (
    name: "limit" | "offset" | "seed" | "batch" | "threads" | "patience" | "second-seed",
  ) => {
    const value = Number(flags[name]);
    if (!Number.isInteger(value) || value < 0) {
      throw new RangeError(`--${name} takes a whole number, found "${flags[name]}"`);
    }
    return value;
  };
  const results = flags.results ?? await Deno.makeTempDir();
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
      const quiet = await waitForQuiet(number("patience")), started = performance.now();
      const { success } = await command(out).spawn().status;
      if (!success) throw new Error(`Cannot attack ${model} with ${side}: see its message above`);
      const seconds = (performance.now() - started) / 1000;
      const found = JSON.parse(await Deno.readTextFile(out));
      const half: Half = { ...found, weights, seconds, quiet };
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
    const spread = flags["second-seed"] === undefined
      ? undefined
      : compare(await runReference(number("second-seed")), reference);
    for (const search of flags.search.split(",")) {
      const ours = await runOurs(search);
      measured.push({ name, ours, reference, comparison: compare(ours, reference), spread });
    }
  }
  console.log(toMarkdown(measured));
}

if (import.meta.main) await main();
