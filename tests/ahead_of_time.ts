/** Which programs are compiled for a GPU that is not there, and what is counted. @module */
import { graphFor } from "../lib/engines/pjrt.ts";
import type { Precision, Program } from "../lib/engines/mod.ts";
import { lossesOf } from "../lib/attacks/plan.ts";
import { gradientProgram, logitsProgram } from "../lib/attacks/victim/programs.ts";
import { initialize } from "../lib/models/initialize.ts";
import { classifier } from "../lib/models/load.ts";
import {
  type AheadOfTime,
  type AheadOfTimeCompiler,
  inspectHlo,
} from "../lib/pjrt/ahead_of_time.ts";
import { loadAttackRules } from "../lib/rules/attacks.ts";
import { compileOptions, type CompilerOptions } from "../lib/pjrt/compile_options.ts";
import {
  type ExecutableKey,
  type StoredExecutable,
  writeExecutable,
} from "../lib/pjrt/executable_store.ts";
import { toStableHlo } from "../lib/stablehlo/print.ts";
import { stepProgram } from "../lib/training/step.ts";
import { benchNetwork } from "../benches/networks.ts";
import { OBJECTIVES } from "../benches/objectives.ts";
import type { CompilingPlugin } from "./cuda_wheels.ts";
import h100 from "../lib/pjrt/targets/h100_sxm.txtpb" with { type: "text" };
import h200 from "../lib/pjrt/targets/h200.txtpb" with { type: "text" };

/** The training steps and the attacks' programs at the paper's size. */
export function programsToCompile(
  precision: Precision,
  { width = 64, batch = 128 } = {},
): Program[] {
  const network = benchNetwork("gelu", width);
  const model = classifier(network, initialize(network, 0));
  const steps = Object.values(OBJECTIVES).map((objective) =>
    stepProgram({
      network,
      objective,
      optimizer: { momentum: 0.9, nesterov: false, weight_decay: 5e-4 },
      batchSize: batch,
      batchNorm: { mode: "train", momentum: 0.1 },
      precision,
    })
  );
  return [
    ...steps,
    logitsProgram(model, batch, precision),
    gradientProgram(model, batch, losses, precision),
  ];
}

/** Those of all attacks. */
const losses = lossesOf(Object.values(await loadAttackRules()));

/** Descriptions of devices by the name that `benches/gpu/ahead_of_time.ts` takes. */
export const targets: Readonly<Record<string, string>> = { h100, h200 };

/**
 * How to compile for a device with a plugin that was found.
 *
 * @param cudnn The version there, for example `9.19.0`: what was tuned with another counts for nothing
 */
export function aheadOfTimeOptions(
  found: CompilingPlugin | string,
  target = "h100",
  cudnn?: string,
): AheadOfTime {
  if (typeof found === "string") throw new Error(found);
  if (!Object.hasOwn(targets, target)) {
    throw new RangeError(
      `Cannot compile for "${target}": expected one of ${Object.keys(targets).join(", ")}`,
    );
  }
  const description = cudnn === undefined ? targets[target] : withCudnn(targets[target], cudnn);
  return { plugin: found.plugin, target: description, toolkit: found.toolkit };
}

function withCudnn(description: string, version: string): string {
  const [major, minor, patch] = version.split(".");
  return description.replace(/(?<=dnn_version: ")[^"]*/, version)
    .replace(
      /dnn_version_info \{[^}]*\}/,
      `dnn_version_info { major: ${major} minor: ${minor} patch: ${patch} }`,
    );
}

/** What the engine looks for on a GPU. */
export function executableKey(
  { platform, device }: Pick<AheadOfTimeCompiler, "platform" | "device">,
  program: Program,
  { plugin, options = {} }: CompiledWith,
): ExecutableKey {
  const text = toStableHlo(graphFor(program, platform));
  return { text, options: compileOptions(options), platform, device, plugin };
}

/** What a program is compiled with. */
export interface CompiledWith {
  /** SHA-256 of the plugin's file. */
  readonly plugin: string;
  /** With which the engine compiles: those of `--deterministic`, or none. */
  readonly options?: CompilerOptions;
}

/** Compiles a program as the engine would on a GPU, and puts it where the engine finds it there. */
export async function compileInto(
  folder: string,
  compiler: AheadOfTimeCompiler,
  program: Program,
  compiledWith: CompiledWith,
): Promise<StoredExecutable> {
  const key = executableKey(compiler, program, compiledWith);
  const compiled = {
    ...await compiler.compile(key.text),
    program: program.name,
    aheadOfTime: true,
  };
  await writeExecutable(folder, key, compiled);
  return compiled;
}

/** Compiles a program as the engine would on a GPU, and counts. */
export async function compiledFor(compiler: AheadOfTimeCompiler, program: Program) {
  const text = toStableHlo(graphFor(program, "cuda"));
  const { calls, convolutions: left, aliases, untuned } = inspectHlo(await compiler.optimize(text));
  const cudnn = Object.entries(calls).filter(([target]) => target.startsWith("__cudnn$conv"))
    .reduce((sum, [, count]) => sum + count, 0);
  return {
    convolutions: text.split("stablehlo.convolution(").length - 1,
    cudnn,
    left,
    aliases,
    untuned,
    calls,
  };
}
