/** The section `model` of a profile, whose keys come from architectures and activations. @module */
import { parameterKey } from "../../lib/models/activation.ts";
import { DEFAULT_ARCHITECTURE } from "../../lib/models/architecture.ts";
import { loadModelRules } from "../../lib/rules/models.ts";
import {
  fieldsOf,
  type Issue,
  list,
  number,
  object,
  oneOf,
  optional,
  type Schema,
  tagged,
} from "../../lib/schema.ts";
import { CHANNELS } from "./data_schema.ts";

const { architecture: architectures, activation: activations } = await loadModelRules();

/** All activations by name. */
export const ACTIVATION_RULES = activations;

/** Activations that a row may have. */
export const ACTIVATIONS: readonly string[] = Object.keys(activations);

/** The network of all rows of a profile. */
export interface ModelProfile {
  readonly architecture?: string;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Parameters of the architecture, and of activations by `parameterKey`. */
  readonly [parameter: string]: number | string | boolean | readonly number[] | undefined;
}

type Fields = Record<string, Schema<unknown>>;

const renamed = (fields: Readonly<Fields>, rename = (name: string) => name): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [rename(name), optional(schema)]),
  );

const ofActivations: Fields = Object.assign(
  {},
  ...Object.values(activations).map(({ name, parameters }) =>
    renamed(fieldsOf(parameters), (parameter) => parameterKey(name, parameter))
  ),
);

/** What is left out is as the architecture and the activations have it by default. */
export const modelSchema: Schema<ModelProfile> = tagged<"architecture", ModelProfile>(
  "architecture",
  Object.fromEntries(
    Object.values(architectures).map(({ name, parameters }) => [
      name,
      object({
        architecture: optional(oneOf(name)),
        ...renamed(fieldsOf(parameters)),
        ...ofActivations,
        mean: list(number({ min: 0, max: 1 }), CHANNELS),
        std: list(number({ min: 0.001, max: 1 }), CHANNELS),
      }) as Schema<unknown> as Schema<ModelProfile>,
    ]),
  ),
  DEFAULT_ARCHITECTURE,
);

/**
 * A profile's `model` with changes; another architecture has nothing of the parameters of the profile's.
 *
 * @param path Where the changes are written
 * @param issues Receives what is wrong with them
 */
export function changedModel(
  model: ModelProfile,
  changes: Readonly<Record<string, unknown>>,
  path: string,
  issues: Issue[],
): ModelProfile {
  const { architecture = DEFAULT_ARCHITECTURE } = model;
  const stays = { architecture, ...changes }.architecture === architecture;
  const kept = Object.entries(model).filter(([key]) =>
    stays || key in ofActivations || key === "mean" || key === "std"
  );
  return modelSchema({ ...Object.fromEntries(kept), ...changes }, path, issues);
}

/**
 * A profile's `model` as the cells of an activation have it: without the parameters of others.
 *
 * @param given Parameters of the activation, by their own names, that differ from the profile's
 */
export function modelOf(
  model: ModelProfile,
  activation: string,
  given: Readonly<Record<string, unknown>> = {},
): ModelProfile {
  const own = Object.keys(fieldsOf(activations[activation].parameters))
    .map((parameter) => parameterKey(activation, parameter));
  return {
    ...Object.fromEntries(
      Object.entries(model).filter(([key]) => !(key in ofActivations) || own.includes(key)),
    ),
    ...Object.fromEntries(
      Object.entries(given).map(([name, value]) => [parameterKey(activation, name), value]),
    ),
  } as unknown as ModelProfile;
}
