/**
 * Model cards: what a file of weights does not say about its network.
 *
 * @module
 */
import { fieldsOf } from "../schema.ts";
import type { Activation, ParameterValues } from "./activation.ts";
import type { Architecture } from "./architecture.ts";

/** A network's architecture, activation and preprocessing, and the parameters of both. */
export interface ModelCard {
  /** The architecture's name, with `_` for `-`. */
  readonly arch: string;
  readonly activation: string;
  /** Normalisation inside the model, per channel, for pixels in [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** What batch norm adds to the variance. */
  readonly bn_eps: number;
  /** Parameters of the architecture and of the activation. */
  readonly [parameter: string]: number | string | boolean | readonly number[] | undefined;
}

/** What cards may name, by name. */
export interface ModelRules {
  readonly architecture: Readonly<Record<string, Architecture>>;
  readonly activation: Readonly<Record<string, Activation>>;
}

/** An architecture's name as cards have it. */
export const archOf = ({ name }: Pick<Architecture, "name">): string => name.replaceAll("-", "_");

/**
 * The card of a network with these rules; what is left out is as Rodriguez-Munoz et al. 2024
 * (`model/prn.py`) have it: no normalisation, and the rules' defaults.
 */
export function modelCard(
  architecture: Architecture,
  activation: Activation,
  options: ParameterValues & Partial<Pick<ModelCard, "mean" | "std" | "bn_eps">>,
): ModelCard {
  const of = ({ parameters, defaults }: Architecture | Activation): ParameterValues =>
    Object.fromEntries(
      Object.keys(fieldsOf(parameters)).map((name) => [name, options[name] ?? defaults[name]]),
    );
  return {
    arch: archOf(architecture),
    ...of(architecture),
    mean: options.mean ?? [0, 0, 0],
    std: options.std ?? [1, 1, 1],
    bn_eps: options.bn_eps ?? 1e-5,
    activation: activation.name,
    ...of(activation),
  };
}

/** The rules that a card names; `undefined` for names that are unknown. */
export const namedBy = (
  { arch, activation }: Partial<ModelCard>,
  rules: ModelRules,
): { architecture?: Architecture; activation?: Activation } => ({
  architecture: Object.values(rules.architecture).find((rule) => archOf(rule) === arch),
  activation: Object.values(rules.activation).find(({ name }) => name === activation),
});
