/** Which programs are compiled for a GPU that is not there, and what is counted. @module */
import { graphFor } from "../lib/engines/pjrt.ts";
import type { Precision, Program } from "../lib/engines/mod.ts";
import { gradientProgram, logitsProgram } from "../lib/attacks/programs.ts";
import { modelCard } from "../lib/models/card.ts";
import { initialize } from "../lib/models/initialize.ts";
import { classifier } from "../lib/models/load.ts";
import {
  type AheadOfTime,
  type AheadOfTimeCompiler,
  inspectHlo,
} from "../lib/pjrt/ahead_of_time.ts";
import type { CudaPlugin } from "../lib/pjrt_plugin/cuda.ts";
import { toStableHlo } from "../lib/stablehlo/print.ts";
import type { Objective } from "../lib/training/objectives.ts";
import { stepProgram } from "../lib/training/step.ts";
import h100 from "../lib/pjrt/targets/h100_sxm.txtpb" with { type: "text" };

const epsilon = 8 / 255;
const methods: readonly Objective[] = [
  { kind: "natural" },
  { kind: "igr", lambda: 1.5, epsilon },
  { kind: "fgsm", epsilon, step_size: epsilon, start: "zero" },
];

/** The training steps and the attacks' programs at the paper's size. */
export function programsToCompile(
  precision: Precision,
  { width = 64, batch = 128 } = {},
): Program[] {
  const card = modelCard({ activation: "gelu", width });
  const model = classifier(card, initialize(card, 0));
  const steps = methods.map((objective) =>
    stepProgram({
      card,
      objective,
      sgd: { momentum: 0.9, nesterov: false, weight_decay: 5e-4 },
      batchSize: batch,
      batchNorm: { mode: "train", momentum: 0.1 },
      precision,
    })
  );
  return [
    ...steps,
    logitsProgram(model, batch, precision),
    gradientProgram(model, batch, precision),
  ];
}

/** How to compile for an H100 with a plugin that was found. */
export function aheadOfTimeOptions(found: Required<CudaPlugin> | string): AheadOfTime {
  if (typeof found === "string") throw new Error(found);
  return { plugin: found.plugin, target: h100, toolkit: found.toolkit };
}

/** Compiles a program as the engine would on a GPU, and counts. */
export async function compiledFor(compiler: AheadOfTimeCompiler, program: Program) {
  const text = toStableHlo(graphFor(program, "cuda"));
  const { calls, convolutions: left, aliases } = inspectHlo(await compiler.compile(text));
  const cudnn = Object.entries(calls).filter(([target]) => target.startsWith("__cudnn$conv"))
    .reduce((sum, [, count]) => sum + count, 0);
  return {
    convolutions: text.split("stablehlo.convolution(").length - 1,
    cudnn,
    left,
    aliases,
    calls,
  };
}
