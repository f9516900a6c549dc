/**
 * Compiles training steps and attack programs for a GPU on a machine without one.
 *
 *     deno task bench:ahead-of-time [--target h100|h200] [--width N] [--batch N]
 *       [--precision f32,tf32,bf16] [--program TEXT] [--tuned FILE --cudnn VERSION] [--deterministic]
 *       [--profile NAME [--set KEY=VALUE]...] [--out FOLDER] [--write]
 *
 * Prints what became of their convolutions, their sizes and the memory that they need; exit code 1 if
 * cuDNN did not take a convolution. With `--out` it writes the compiled programs into a
 * folder that the engine's option `executables` takes. `--tuned` names what a GPU of that kind left with
 * `XLA_FLAGS=--xla_gpu_dump_autotune_results_to=FILE`, and `--cudnn` the version there: without them no
 * convolution has an algorithm, the GPU refuses the program, and it is not written. `--profile` takes the
 * programs of that profile's trainings and attacks.
 *
 * @module
 */
import { sha256Of } from "../../lib/pjrt_plugin/publish.ts";
import type { Precision, Program } from "../../lib/engines/mod.ts";
import { type AheadOfTimeCompiler, openAheadOfTime } from "../../lib/pjrt/ahead_of_time.ts";
import { type CompilerOptions, deterministicGpuOptions } from "../../lib/pjrt/compile_options.ts";
import { bytesOf } from "../../lib/tracing/program_memory.ts";
import { graphFor } from "../../lib/engines/pjrt.ts";
import { toStableHlo } from "../../lib/stablehlo/print.ts";
import { readExecutable, type StoredExecutable } from "../../lib/pjrt/executable_store.ts";
import {
  aheadOfTimeOptions,
  compiledFor,
  compileInto,
  executableKey,
  programsToCompile,
} from "../../tests/ahead_of_time.ts";
import { attackPrograms, trainingPrograms } from "./cell_programs.ts";
import { CUDA_WHEELS, findCompilingPlugin } from "../../tests/cuda_wheels.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { table } from "../tables/markdown.ts";

const OPTIONS = {
  task: "bench:ahead-of-time",
  defaults: {
    ...{ target: "h100", width: "64", batch: "128", precision: "f32,tf32,bf16", program: "" },
    ...{ tuned: "", cudnn: "", profile: "", out: "" },
  },
  flags: ["deterministic"],
  collect: ["set"],
} as const;

/** A program, and what it is for. */
interface Labelled {
  readonly label: string;
  readonly precision: Precision;
  readonly program: Program;
}

/** Columns of a table, and what they hold of a program. */
interface Columns {
  readonly head: readonly string[];
  readonly of: (program: Program) => Promise<readonly (string | number)[]>;
}

async function main(
  bench: Bench<keyof typeof OPTIONS.defaults, "deterministic", "set">,
): Promise<number> {
  const { texts: chosen, flags, lists: { set } } = bench;
  const size = { width: bench.whole("width"), batch: bench.whole("batch") };
  const target = aheadOfTimeOptions(
    await findCompilingPlugin(),
    chosen.target,
    chosen.cudnn || undefined,
  );
  const options = flags.has("deterministic") ? deterministicGpuOptions : {};
  const tuned: CompilerOptions = chosen.tuned === ""
    ? {}
    : { xla_gpu_load_autotune_results_from: chosen.tuned };
  using compiler = openAheadOfTime({ ...target, options: { ...options, ...tuned } });
  const wrong: string[] = [];
  const columns = chosen.out === ""
    ? inspecting(compiler, wrong)
    : await writing(compiler, { folder: chosen.out, plugin: target.plugin, options });
  const lines: (string | number)[][] = [];
  for (const { label, precision, program } of await programsOf(chosen.profile, set, size)) {
    if (!chosen.precision.split(",").includes(precision)) continue;
    if (!label.includes(chosen.program)) continue;
    const start = performance.now(), line = [precision, label, ...await columns.of(program)];
    lines.push(line);
    console.error(`${line.join(", ")}; ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  await bench.publish(
    `For ${compiler.device}:\n\n${table(["precision", "program", ...columns.head], lines)}`,
    [`compiled with ${CUDA_WHEELS.replaceAll("==", " ").replaceAll(/ (?=[a-z])/g, ", ")}`],
  );
  for (const text of wrong) console.error(text);
  return wrong.length === 0 ? 0 : 1;
}

async function programsOf(
  profile: string,
  set: readonly string[],
  size: { readonly width: number; readonly batch: number },
): Promise<Labelled[]> {
  if (profile === "") {
    return (["f32", "tf32", "bf16"] as const).flatMap((precision) =>
      programsToCompile(precision, size)
        .map((program) => ({ label: program.name, precision, program }))
    );
  }
  return [...trainingPrograms(profile, set), ...await attackPrograms(profile, set)]
    .map(({ cell, precision, program }) => ({
      ...{ label: `${cell}: ${program.name}`, precision, program },
    }));
}

const SIZES = ["file, MB", "memory, MB"];

/** Of the compiled file, and what XLA assigns, without what cuDNN wants for itself. */
function sizesOf({ bytes, memory }: Pick<StoredExecutable, "bytes" | "memory">): string[] {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
  return [megabytes(bytes.length), memory ? megabytes(bytesOf(memory)) : ""];
}

/** What became of convolutions; where cuDNN did not take one, `wrong` says so. */
function inspecting(compiler: AheadOfTimeCompiler, wrong: string[]): Columns {
  // forward convolutions may take a bias and an activation along: convBiasActivationForward
  const kinds = ["Forward", "BackwardInput", "BackwardFilter"];
  return {
    head: ["convolutions", "forward", "backward input", "backward filter", "donated", ...SIZES],
    async of(program) {
      const { convolutions, calls, cudnn, left, aliases } = await compiledFor(compiler, program);
      if (cudnn !== convolutions || left > 0) {
        wrong.push(`${program.name}: cuDNN takes ${cudnn} of ${convolutions} convolutions`);
      }
      if (aliases !== Object.keys(program.donate ?? {}).length) {
        wrong.push(`${program.name}: ${aliases} inputs are donated`);
      }
      const called = (kind: string) =>
        Object.entries(calls).filter(([name]) =>
          name.startsWith("__cudnn$conv") && name.endsWith(kind)
        )
          .reduce((sum, [, count]) => sum + count, 0);
      const text = toStableHlo(graphFor(program, compiler.platform));
      return [
        convolutions,
        ...kinds.map(called),
        aliases,
        ...sizesOf(await compiler.compile(text)),
      ];
    },
  };
}

/** Compiles into a folder. */
async function writing(compiler: AheadOfTimeCompiler, { folder, plugin: path, options }: {
  readonly folder: string;
  readonly plugin: string;
  readonly options: CompilerOptions;
}): Promise<Columns> {
  const plugin = await sha256Of(path);
  return {
    head: SIZES,
    async of(program) {
      const stored = await readExecutable(
        folder,
        executableKey(compiler, program, { plugin, options }),
      );
      if (stored) return sizesOf(stored);
      const { untuned } = await compiledFor(compiler, program);
      if (untuned > 0) return [`none: ${untuned} convolutions have no algorithm`, ""];
      return sizesOf(await compileInto(folder, compiler, program, { plugin, options }));
    },
  };
}

if (import.meta.main) await benchMain(OPTIONS, main);
