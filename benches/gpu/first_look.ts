/**
 * Does a PJRT plugin compute what the CPU plugin computes, and how fast are its steps?
 *
 *     first_look record PLUGIN FILE            writes what this plugin computes
 *     first_look compare PLUGIN FILE           computes the same and compares; exit code 1 if it differs
 *     first_look time PLUGIN [BATCH…]          times steps of width 64 beside PyTorch's
 *
 * PLUGIN is a path, or `cuda` for that of the Python environment. `pack.sh` makes of it one file that
 * needs nothing but Deno; `tests/gpu/` compares the same where the repository is.
 *
 * @module
 */
import { type Engine, openEngine } from "../../lib/engines/mod.ts";
import { findCudaPlugin } from "../../lib/pjrt_plugin/cuda.ts";
import {
  attackVerdicts,
  computeAll,
  differences,
  equalVerdicts,
  type Recorded,
} from "../../tests/gpu/agreement.ts";
import { objectives, prepare } from "../step/ours.ts";
import { startTorch } from "../step/torch.ts";

/** What one plugin computes. */
interface Reference {
  readonly numbers: Record<string, Recorded>;
  readonly verdicts: boolean[];
}

const compute = async (engine: Engine): Promise<Reference> => ({
  numbers: await computeAll(engine),
  verdicts: await attackVerdicts(engine),
});

/** Prints what differs and by how much; returns whether all is within its tolerance. */
function compare(found: Reference, wanted: Reference): boolean {
  console.log("| step | what | relative difference |\n|---|---|---|");
  const all = differences(found.numbers, wanted.numbers);
  for (const { name, kind, difference, good } of all) {
    console.log(
      `| ${name} | ${kind} | ${difference.toExponential(1)}${good ? "" : " TOO LARGE"} |`,
    );
  }
  const count = wanted.verdicts.length;
  const equal = wanted.verdicts.filter((robust, i) => robust === found.verdicts[i]).length;
  const good = equal >= equalVerdicts * count;
  console.log(`${equal} of ${count} verdicts of attacks are equal${good ? "" : ": TOO FEW"}`);
  return good && all.every(({ good }) => good);
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

async function main([command, named, ...rest]: string[]): Promise<void> {
  const plugin = named === "cuda" ? (await findCudaPlugin())?.plugin : named;
  using engine = await openEngine({ kind: "pjrt", plugin });
  console.log(JSON.stringify(engine.description));
  if (command === "record") {
    await Deno.writeTextFile(rest[0], JSON.stringify(await compute(engine)));
  } else if (command === "compare") {
    const wanted: Reference = JSON.parse(await Deno.readTextFile(rest[0]));
    if (!compare(await compute(engine), wanted)) Deno.exitCode = 1;
  } else if (command === "time") {
    await time(engine, rest.length > 0 ? rest.map(Number) : [128, 256, 512]);
  } else {
    throw new RangeError(`Cannot do "${command}": expected record, compare or time`);
  }
}

if (import.meta.main) await main(Deno.args);
