/** From a cell's parameters to a training setting. @module */
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { parameterKey, type ParameterValues } from "../../lib/models/activation.ts";
import { modelCard, type ModelRules } from "../../lib/models/card.ts";
import { createNetwork, type Network } from "../../lib/models/network.ts";
import { fieldsOf } from "../../lib/schema.ts";
import type { Objective } from "../../lib/training/objectives.ts";
import type { Recipe } from "../../lib/training/train.ts";
import { type Job, StageFailure } from "../job.ts";

/** What the stage is given; the profile's schema has checked types and ranges. */
interface Parameters {
  readonly method: string;
  readonly activation: string;
  readonly model: {
    readonly architecture?: string;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    /** Parameters of the architecture, and of the activation by `parameterKey`. */
    readonly [parameter: string]: number | string | boolean | readonly number[] | undefined;
  };
  readonly objective: Record<string, number | string>;
  readonly recipe: Recipe & {
    readonly held_out_images: number;
    readonly batch_norm: { readonly epsilon: number };
  };
  readonly evaluation: { readonly epsilon: number };
}

/** A training setting as the library takes it. */
export interface Setting {
  readonly network: Network;
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly heldOutImages: number;
  readonly epsilon: number;
}

/**
 * Reads the parameters of a job.
 *
 * @param rules Its architecture and its activation, others are left aside
 * @throws {StageFailure} If the method, the architecture or the activation is unknown
 */
export function readSetting(job: Pick<Job, "parameters">, rules: ModelRules): Setting {
  const { method, activation, model, objective, recipe, evaluation } = job
    .parameters as unknown as Parameters;
  if (!["natural", "igr", "fgsm"].includes(method)) {
    throw new StageFailure(
      `Cannot train with method "${method}": expected one of natural, igr, fgsm`,
    );
  }
  return {
    network: readNetwork(activation, model, recipe.batch_norm.epsilon, rules),
    objective: { kind: method, ...objective } as Objective,
    recipe,
    heldOutImages: recipe.held_out_images,
    epsilon: evaluation.epsilon,
  };
}

function readNetwork(
  name: string,
  { architecture: arch = "preact-resnet18", mean, std, ...parameters }: Parameters["model"],
  bn_eps: number,
  rules: ModelRules,
): Network {
  const activation = rules.activation[name], architecture = rules.architecture[arch];
  if (activation === undefined || architecture === undefined) {
    throw new StageFailure(
      `Cannot train a ${arch} with ${name}: the job has ${
        [...Object.keys(rules.architecture), ...Object.keys(rules.activation)].join(", ") || "none"
      }`,
    );
  }
  const own = Object.keys(fieldsOf(activation.parameters)).flatMap((parameter) => {
    const value = parameters[parameterKey(name, parameter)];
    return value === undefined ? [] : [[parameter, value]];
  });
  const options = { ...parameters, ...Object.fromEntries(own) } as ParameterValues;
  const card = modelCard(architecture, activation, { ...options, mean, std, bn_eps } as never);
  return createNetwork({ ...CIFAR10_TASK, card, architecture, activation });
}
