/** What a training begins with. @module */
import type { HostTensor } from "../models/classifier.ts";
import { initialize } from "../models/initialize.ts";
import type { Network } from "../models/network.ts";
import { sameShape, sizeOf } from "../tracing/graph.ts";
import type { Objective } from "./method.ts";
import { createOptimizer } from "./optimizer.ts";
import type { Recipe } from "./recipe.ts";
import { stateSpecs } from "./step.ts";

/** What is trained, and what it begins with. */
export interface Begin {
  readonly network: Network;
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly seed: bigint | number;
  /** Variables and statistics to begin with, by their `state_dict` names; random ones without it. */
  readonly start?: Readonly<Record<string, HostTensor>>;
}

const AVERAGE = /^average\//;

/**
 * The state before the first step, by the names of `stateSpecs`.
 *
 * @param given A state to go on from, of this training or of another one: what it lacks, or has in
 * another shape, is as at the start, and an average begins with the model
 */
export function firstState(
  { network, objective, recipe, seed, start }: Begin,
  given: Readonly<Record<string, HostTensor>> = {},
): Record<string, HostTensor> {
  const kept = objective.state([recipe.batch_size, ...network.image]);
  let initial = start;
  return Object.fromEntries(
    Object.entries(stateSpecs(network, kept, createOptimizer(recipe).buffers, recipe)).map(
      ([name, { shape }]) => {
        const there = given[name] ?? given[name.replace(AVERAGE, "")];
        if (there && sameShape(there.shape, shape)) return [name, there];
        const [kind, ...rest] = name.replace(AVERAGE, "").split("/");
        const data = kind === "weight" || kind === "statistic"
          ? (initial ??= initialize(network, seed))[rest.join("/")].data
          : new Float32Array(sizeOf(shape));
        return [name, { shape, data }];
      },
    ),
  );
}
