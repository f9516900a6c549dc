/**
 * Compiles all training steps and attack programs for an H100 in all precisions, on a machine
 * without a GPU, and prints what became of their convolutions; exit code 1 if cuDNN did not take one.
 *
 *     deno run -A benches/gpu/ahead_of_time.ts [WIDTH [BATCH [PRECISION]]]
 *
 * @module
 */
import { openAheadOfTime } from "../../lib/pjrt/ahead_of_time.ts";
import { aheadOfTimeOptions, compiledFor, programsToCompile } from "../../tests/ahead_of_time.ts";
import { findCompilingPlugin } from "../../tests/cuda_wheels.ts";

const [width = "64", batch = "128", chosen] = Deno.args;
const size = { width: Number(width), batch: Number(batch) };
using compiler = openAheadOfTime(aheadOfTimeOptions(await findCompilingPlugin()));
console.log(`| precision | program | convolutions | calls of cuDNN | donated | compilation, s |
|---|---|---|---|---|---|`);
for (const precision of ["f32", "tf32", "bf16"] as const) {
  if (chosen && precision !== chosen) continue;
  for (const program of programsToCompile(precision, size)) {
    const start = performance.now();
    const { convolutions, calls, cudnn, left, aliases } = await compiledFor(compiler, program);
    const seconds = (performance.now() - start) / 1000;
    if (cudnn !== convolutions || left > 0) Deno.exitCode = 1;
    if (aliases !== Object.keys(program.donate ?? {}).length) Deno.exitCode = 1;
    const counted = Object.entries(calls).map(([target, count]) =>
      `${count} ${target.replace("__cudnn$", "")}`
    );
    console.log(
      `| ${precision} | ${program.name} | ${convolutions} | ${counted.join(", ")} | ${aliases} | ${
        seconds.toFixed(1)
      } |`,
    );
  }
}
