/**
 * Compiles training steps and attack programs for a GPU on a machine without one.
 *
 *     deno run -A benches/gpu/ahead_of_time.ts [--target h100|h200] [--width N] [--batch N]
 *       [--precision f32|tf32|bf16] [--program TEXT] [--tuned FILE --cudnn VERSION]
 *       [--profile NAME [--set KEY=VALUE]...] [--out FOLDER [--deterministic]]
 *
 * Prints what became of their convolutions; exit code 1 if cuDNN did not take one. With `--out` it
 * writes the compiled programs into a folder that the engine's option `executables` takes, and prints
 * their sizes and the memory that they need. `--tuned` names what a GPU of that kind left with
 * `XLA_FLAGS=--xla_gpu_dump_autotune_results_to=FILE`, and `--cudnn` the version there: without them no
 * convolution has an algorithm, the GPU refuses the program, and it is not written. `--profile` takes the
 * programs of that profile's trainings.
 *
 * @module
 */
import { sha256Of } from "../../lib/pjrt_plugin/publish.ts";
import { parseArgs } from "node:util";
import type { Precision, Program } from "../../lib/engines/mod.ts";
import { openAheadOfTime } from "../../lib/pjrt/ahead_of_time.ts";
import { type CompilerOptions, deterministicGpuOptions } from "../../lib/pjrt/compile_options.ts";
import { bytesOf } from "../../lib/tracing/program_memory.ts";
import { readExecutable } from "../../lib/pjrt/executable_store.ts";
import {
  aheadOfTimeOptions,
  compiledFor,
  compileInto,
  executableKey,
  programsToCompile,
} from "../../tests/ahead_of_time.ts";
import { trainingPrograms } from "./cell_programs.ts";
import { findCompilingPlugin } from "../../tests/cuda_wheels.ts";

const { values: chosen } = parseArgs({
  args: Deno.args,
  options: {
    target: { type: "string", default: "h100" },
    width: { type: "string", default: "64" },
    batch: { type: "string", default: "128" },
    precision: { type: "string" },
    program: { type: "string", default: "" },
    tuned: { type: "string" },
    cudnn: { type: "string" },
    profile: { type: "string" },
    set: { type: "string", multiple: true, default: [] },
    out: { type: "string" },
    deterministic: { type: "boolean", default: false },
  },
});
const size = { width: Number(chosen.width), batch: Number(chosen.batch) };
const target = aheadOfTimeOptions(await findCompilingPlugin(), chosen.target, chosen.cudnn);
const options = chosen.deterministic ? deterministicGpuOptions : {};
const tuned: CompilerOptions = chosen.tuned
  ? { xla_gpu_load_autotune_results_from: chosen.tuned }
  : {};
using compiler = openAheadOfTime({ ...target, options: { ...options, ...tuned } });
const { out } = chosen;
console.log(
  out
    ? `For ${compiler.device}:

| precision | program | size, MB | memory, MB | compilation, s |
|---|---|---|---|---|`
    : `| precision | program | convolutions | calls of cuDNN | donated | compilation, s |
|---|---|---|---|---|---|`,
);
const compile = out ? await writing(out) : inspecting;
for (const { label, precision, program } of programs()) {
  if (chosen.precision && precision !== chosen.precision) continue;
  if (!label.includes(chosen.program)) continue;
  const start = performance.now(), columns = await compile(program);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`| ${[precision, label, ...columns, seconds].join(" | ")} |`);
}

function programs(): { label: string; precision: Precision; program: Program }[] {
  if (chosen.profile === undefined) {
    return (["f32", "tf32", "bf16"] as const).flatMap((precision) =>
      programsToCompile(precision, size)
        .map((program) => ({ label: program.name, precision, program }))
    );
  }
  return trainingPrograms(chosen.profile, chosen.set)
    .map(({ cell, precision, program }) => ({
      ...{ label: `${cell}: ${program.name}`, precision, program },
    }));
}

async function inspecting(program: Program) {
  const { convolutions, calls, cudnn, left, aliases } = await compiledFor(compiler, program);
  if (cudnn !== convolutions || left > 0) Deno.exitCode = 1;
  if (aliases !== Object.keys(program.donate ?? {}).length) Deno.exitCode = 1;
  const counted = Object.entries(calls).map(([name, count]) =>
    `${count} ${name.replace("__cudnn$", "")}`
  );
  return [convolutions, counted.join(", "), aliases];
}

async function writing(folder: string) {
  const plugin = await sha256Of(target.plugin);
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
  return async (program: Program) => {
    const key = executableKey(compiler, program, { plugin, options });
    const stored = await readExecutable(folder, key);
    if (stored) return [megabytes(stored.bytes.length), "was there"];
    const { untuned } = await compiledFor(compiler, program);
    if (untuned > 0) return [`none: ${untuned} convolutions have no algorithm`, ""];
    const { bytes, memory } = await compileInto(folder, compiler, program, { plugin, options });
    return [megabytes(bytes.length), memory ? megabytes(bytesOf(memory)) : ""];
  };
}
