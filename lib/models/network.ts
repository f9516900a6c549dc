/**
 * A network as it is built: a card, with the architecture and the activation that it names, for
 * images of a shape and a number of classes.
 *
 * @example
 * ```ts
 * import { activation } from "./activations/gelu.ts";
 * import { architecture } from "./architectures/preact_resnet18.ts";
 * import { modelCard } from "./card.ts";
 * import { countParameters, createNetwork } from "./network.ts";
 * const card = modelCard(architecture, activation, { width: 64 });
 * const network = createNetwork({ card, architecture, activation, classes: 10, image: [32, 32, 3] });
 * console.log(countParameters(network)); // 11171146
 * ```
 *
 * @module
 */
import { fieldsOf, type Schema } from "../schema.ts";
import { sizeOf } from "../tracing/graph.ts";
import type { Activation, ParameterValues } from "./activation.ts";
import type { Architecture, NetworkShape, Target, Variable } from "./architecture.ts";
import type { Task } from "../task.ts";

import { archOf, type ModelCard, type ModelRules, namedBy } from "./card.ts";

/** A card and what it names. */
export interface NetworkOptions extends Target {
  readonly card: ModelCard;
  readonly activation: Activation;
}

/** A network without its weights. */
export interface Network extends NetworkOptions {
  /** Of the architecture and of the activation, whole. */
  readonly parameters: {
    readonly architecture: ParameterValues;
    readonly activation: ParameterValues;
  };
}

/**
 * Puts a card and what it names together.
 *
 * @throws {RangeError} If the card does not normalise as many channels as the images have
 */
export function createNetwork(options: NetworkOptions): Network {
  const { card, architecture, activation, image: [, , channels] } = options;
  for (const field of ["mean", "std"] as const) {
    if (card[field].length === channels) continue;
    throw new RangeError(
      `Cannot build the network: its card has ${field} ${card[field].join(",")}, expected ` +
        `${channels} numbers, one for each channel of the images`,
    );
  }
  return {
    ...options,
    parameters: {
      architecture: parametersOf(architecture, card),
      activation: parametersOf(activation, card),
    },
  };
}

/**
 * Builds the network of a card.
 *
 * @throws {RangeError} If its architecture or activation is not among the rules
 */
export function networkOf(card: ModelCard, rules: ModelRules, task: Task): Network {
  const named = namedBy(card, rules);
  const needed = <T>(rule: T | undefined, kind: string, name: string, known: string[]): T => {
    if (rule !== undefined) return rule;
    throw new RangeError(
      `Cannot build the network: its ${kind} is "${name}", expected ${known.join(", ")}`,
    );
  };
  return createNetwork({
    ...task,
    card,
    architecture: needed(
      named.architecture,
      "architecture",
      card.arch,
      Object.values(rules.architecture).map(archOf),
    ),
    activation: needed(
      named.activation,
      "activation",
      card.activation,
      Object.keys(rules.activation),
    ),
  });
}

/** A rule's parameters as a card has them, and by default where it has not. */
function parametersOf(
  { parameters, defaults }: {
    readonly parameters: Schema<ParameterValues>;
    readonly defaults: ParameterValues;
  },
  card: ModelCard,
): ParameterValues {
  return Object.fromEntries(
    Object.keys(fieldsOf(parameters)).map((
      name,
    ) => [name, (card[name] ?? defaults[name]) as ParameterValues[string]]),
  );
}

/** What the variables of a network depend on. */
export const shapeOf = (
  { activation, parameters, classes, image }: Network,
): NetworkShape => ({
  parameters: parameters.architecture,
  classes,
  image,
  learned: Object.keys(activation.learned ?? {}),
});

/** The trained variables in PyTorch's order, by their `state_dict` names. */
export const variables = (network: Network): Record<string, Variable> =>
  network.architecture.variables(shapeOf(network));

/** Names of the batch norm layers. */
export const batchNorms = ({ architecture, parameters }: Network): string[] =>
  Object.keys(architecture.batchNorms(parameters.architecture));

/** Shapes of the running statistics by their `state_dict` names. */
export const statistics = (
  { architecture, parameters }: Network,
): Record<string, readonly number[]> => runningShapes(architecture, parameters.architecture);

/** Shapes of the running statistics of an architecture with these parameters. */
export const runningShapes = (
  architecture: Architecture,
  parameters: ParameterValues,
): Record<string, readonly number[]> =>
  Object.fromEntries(
    Object.entries(architecture.batchNorms(parameters)).flatMap(([name, channels]) => [
      [`${name}.running_mean`, [channels]],
      [`${name}.running_var`, [channels]],
    ]),
  );

/** The number of trained parameters. */
export const countParameters = (network: Network): number =>
  Object.values(variables(network)).reduce((n, { shape }) => n + sizeOf(shape), 0);
