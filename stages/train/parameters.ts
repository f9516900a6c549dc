/** From a cell's parameters to a training setting. @module */
import { type Activation, activations } from "../../lib/models/activations.ts";
import { type ModelCard, modelCard } from "../../lib/models/card.ts";
import type { Objective } from "../../lib/training/objectives.ts";
import type { Recipe } from "../../lib/training/recipe.ts";
import { type Job, StageFailure } from "../job.ts";

/** What the stage is given; the profile's schema has checked types and ranges. */
interface Parameters {
  readonly method: string;
  readonly activation: Activation;
  readonly model: {
    readonly width: number;
    readonly softplus_beta: number;
    readonly mean: [number, number, number];
    readonly std: [number, number, number];
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
  readonly card: ModelCard;
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly heldOutImages: number;
  readonly epsilon: number;
}

/**
 * Reads the parameters of a job.
 *
 * @throws {StageFailure} If the method or the activation is unknown
 */
export function readSetting(job: Job): Setting {
  const { method, activation, model, objective, recipe, evaluation } = job
    .parameters as unknown as Parameters;
  if (!["natural", "igr", "fgsm"].includes(method)) {
    throw new StageFailure(
      `Cannot train with method "${method}": expected one of natural, igr, fgsm`,
    );
  }
  if (!activations.includes(activation)) {
    throw new StageFailure(
      `Cannot train with activation "${activation}": expected one of ${activations.join(", ")}`,
    );
  }
  return {
    card: modelCard({
      activation,
      width: model.width,
      mean: model.mean,
      std: model.std,
      bn_eps: recipe.batch_norm.epsilon,
      ...(activation === "softplus" ? { beta: model.softplus_beta } : {}),
    }),
    objective: { kind: method, ...objective } as Objective,
    recipe,
    heldOutImages: recipe.held_out_images,
    epsilon: evaluation.epsilon,
  };
}
