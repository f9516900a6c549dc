/** How much memory a training needs, counted before anything is compiled. @module */
import { graphFor } from "../engines/pjrt.ts";
import type { Network } from "../models/network.ts";
import type { ProgramMemory } from "../tracing/program_memory.ts";
import { estimateMemory } from "../tracing/memory.ts";
import type { Objective } from "./method.ts";
import { stepProgram } from "./step.ts";
import type { Recipe } from "./recipe.ts";

/** The largest program of a training on a GPU, and its memory as {@linkcode estimateMemory} counts. */
export function trainingMemory(
  { network, objective, recipe }: {
    readonly network: Network;
    readonly objective: Objective;
    readonly recipe: Recipe;
  },
): { program: string; memory: ProgramMemory } {
  const program = stepProgram({
    network,
    objective,
    optimizer: recipe,
    batchSize: recipe.batch_size,
    batchNorm: recipe.batch_norm,
    precision: recipe.precision,
  });
  return { program: program.name, memory: estimateMemory(graphFor(program, "cuda")) };
}
