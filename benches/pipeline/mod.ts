/**
 * Times a run that has nothing to do, and planning, beside DVC and Snakemake on the same graph.
 *
 *     deno task bench:pipeline [--repeats 5] [--counts 21,999,9999] [--peers-up-to 999] [--python DIR] [--write]
 *
 * Graphs have the shape of Table 1: data, trainings, two attacks each, a table, a figure; the cells
 * do nothing worth mentioning. Every time is that of a whole process, from its start to its end, in
 * turns, the fastest of the repeats with the median in brackets; a run counts only if it says that
 * there was nothing to do. DVC and Snakemake are installed with pip into a folder below
 * `artifacts/`, unless `--python` names one with both.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../cli/common/flags.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { table } from "../tables/markdown.ts";
import { dvc, ours, type Prepared, type Setting, snakemake, table1 } from "./programs.ts";
import { prepare, secondsOf, timesText } from "./timing.ts";

const VERSIONS = ["dvc==3.67.1", "snakemake==9.27.1"];

const HEAD = ["cells", "program", "no-op run", "planning", "no-op run with a 170 MB input"];

const OPTIONS = {
  task: "bench:pipeline",
  defaults: { repeats: "5", counts: "21,999,9999", "peers-up-to": "999", python: "" },
  besides: ["python"],
} as const;

const INPUT_BYTES = 170e6;

/** Folder of the Python programs, made if it is not there. */
async function pythonFolder(): Promise<string> {
  const venv = fileURLToPath(new URL("../../artifacts/bench/venv", import.meta.url));
  const bin = join(venv, "bin");
  try {
    Deno.statSync(join(bin, "snakemake"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error(`Installing ${VERSIONS.join(" and ")} in ${venv}`);
    await prepare("python3", ["-m", "venv", venv], ".");
    await prepare(join(bin, "pip"), ["install", "--quiet", ...VERSIONS], ".");
  }
  return bin;
}

async function main(bench: Bench<keyof typeof OPTIONS.defaults>): Promise<void> {
  const repeats = bench.whole("repeats"), most = Number(bench.texts["peers-up-to"]);
  const counts = bench.texts.counts.split(",").map(Number);
  if (!counts.every((n) => Number.isInteger(n) && n > 0) || !(most >= 0)) {
    throw new UsageError("Cannot read --counts or --peers-up-to: expected whole numbers");
  }
  const python = most === 0 ? "" : bench.texts.python || await pythonFolder();
  const folder = await Deno.makeTempDir({ prefix: "bench_" });
  const empty = (input: boolean) => {
    const path = Deno.makeTempDirSync({ dir: folder });
    if (!input) return path;
    using file = Deno.openSync(join(path, "input.bin"), { write: true, create: true });
    const block = new Uint8Array(1e6);
    for (let at = 0; at < INPUT_BYTES; at += block.length) {
      for (let i = 0; i < block.length; i += 65_536) {
        crypto.getRandomValues(block.subarray(i, i + 65_536));
      }
      file.writeSync(block);
    }
    return path;
  };
  const lines: (string | number)[][] = [];
  try {
    for (const count of counts) {
      const peers = count <= most ? [dvc, snakemake] : [];
      const programs = [...count === 21 ? [table1] : [], ours, ...peers];
      const rows: { plain: Prepared; large?: Prepared; times: number[][] }[] = [];
      for (const program of programs) {
        const prepared = (input: boolean) =>
          program({ folder: empty(input), count, input, python } satisfies Setting);
        const large = count === 21 && program !== table1;
        rows.push({
          plain: await prepared(false),
          ...large ? { large: await prepared(true) } : {},
          times: [[], [], []],
        });
      }
      for (let i = 0; i < repeats; i++) {
        for (const { plain, large, times } of rows) {
          times[0].push(await secondsOf(plain.noOp));
          times[1].push(await secondsOf(plain.plan));
          if (large) times[2].push(await secondsOf(large.noOp));
        }
      }
      for (const { plain, times } of rows) {
        lines.push([count, plain.name, ...times.map(timesText)]);
        console.error(lines.at(-1)!.join(", "));
      }
    }
    const legend = `Seconds of a whole process: the fastest (the median) of ${repeats} in turns.`;
    await bench.publish(`${legend}\n\n${table(HEAD, lines)}`, most === 0 ? [] : VERSIONS);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await benchMain(OPTIONS, main);
