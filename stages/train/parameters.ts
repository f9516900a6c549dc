/** From a cell's parameters to a training setting. @module */
import { LIMITS } from "../../lib/limits.ts";
import { type Activation, parameterKey } from "../../lib/models/activation.ts";
import { type Architecture, DEFAULT_ARCHITECTURE } from "../../lib/models/architecture.ts";
import type { Task } from "../../lib/task.ts";
import { modelCard } from "../../lib/models/card.ts";
import { createNetwork, type Network } from "../../lib/models/network.ts";
import { fieldsOf, list, number, object, oneOf, optional, type Schema } from "../../lib/schema.ts";
import { type Place, placeSchema } from "../../lib/training/course.ts";
import { type Objective, objectiveOf } from "../../lib/training/method.ts";
import { type Recipe, recipeSchema } from "../../lib/training/recipe.ts";
import { type Job, StageFailure } from "../job.ts";
import { readParameters } from "../parameters.ts";
import type { TrainRules } from "../rules.ts";

/** A training setting as the library takes it. */
export interface Setting {
  readonly network: Network;
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly heldOutImages: number;
  readonly epsilon: number;
  /** Of a branch: the time of another training's state that it begins with. */
  readonly branch?: Place;
  /** Where the training is left, before the end that its recipe says. */
  readonly until?: Place;
}

/**
 * Reads the parameters of a job.
 *
 * @param rules Its method, its architecture and its activation; others are left aside
 * @param task What the images are for
 * @throws {StageFailure} If there is no such method, architecture or activation
 * @throws {TypeError} If a parameter is not as the stage or a rule has it
 */
export function readSetting(
  job: Pick<Job, "cell" | "parameters">,
  rules: TrainRules,
  task: Task,
): Setting {
  const { model = {}, ...named } = job.parameters;
  const { architecture: arch = DEFAULT_ARCHITECTURE } = model as { architecture?: unknown };
  const method = chosen(rules, "method", named.method);
  const architecture = chosen(rules, "architecture", arch);
  const activation = chosen(rules, "activation", named.activation);
  const { objective, recipe, evaluation, branch, until, ...read } = readParameters(
    job,
    object({
      method: oneOf(method.name),
      activation: oneOf(activation.name),
      model: modelSchema(architecture, activation, task),
      objective: method.parameters,
      recipe: recipeSchema,
      evaluation: object({ epsilon: number(LIMITS.epsilon) }),
      branch: optional(placeSchema),
      until: optional(placeSchema),
    }),
  );
  const { architecture: _, ...options } = read.model;
  const own = Object.keys(fieldsOf(activation.parameters)).flatMap((parameter) => {
    const value = options[parameterKey(activation.name, parameter)];
    return value === undefined ? [] : [[parameter, value]];
  });
  const card = modelCard(
    architecture,
    activation,
    { ...options, ...Object.fromEntries(own), bn_eps: recipe.batch_norm.epsilon } as never,
  );
  return {
    network: createNetwork({ ...task, card, architecture, activation }),
    objective: objectiveOf(method, objective),
    recipe,
    heldOutImages: recipe.held_out_images,
    epsilon: evaluation.epsilon,
    branch,
    until,
  };
}

function chosen<Kind extends keyof TrainRules>(
  rules: TrainRules,
  kind: Kind,
  name: unknown,
): TrainRules[Kind][string] {
  const there = rules[kind] as Readonly<Record<string, TrainRules[Kind][string]>>;
  if (typeof name === "string" && Object.hasOwn(there, name)) return there[name];
  throw new StageFailure(
    `Cannot train with ${kind} ${JSON.stringify(name)}: expected one of the job's rules, ${
      Object.keys(there).join(", ") || "none"
    }`,
  );
}

/** A profile's `model`, as the cells of one activation have it. */
function modelSchema(
  architecture: Architecture,
  activation: Activation,
  { image: [, , channels] }: Task,
): Schema<Readonly<Record<string, unknown>>> {
  const each = { min: channels, max: channels };
  const parameters = (of: Activation | Architecture, rename = (name: string) => name) =>
    Object.fromEntries(
      Object.entries(fieldsOf(of.parameters)).map(([name, schema]) => [
        rename(name),
        optional(schema),
      ]),
    );
  return object({
    architecture: optional(oneOf(architecture.name)),
    ...parameters(architecture),
    ...parameters(activation, (name) => parameterKey(activation.name, name)),
    mean: list(number({ min: 0, max: 1 }), each),
    std: list(number({ min: 0.001, max: 1 }), each),
  });
}
