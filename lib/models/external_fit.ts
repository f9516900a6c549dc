/** Holds the names and shapes of a file against the network. @module */
import type { ParameterValues } from "./activation.ts";
import type { NetworkShape, Target } from "./architecture.ts";
import { COUNTER, learnedName } from "./external_rules.ts";
import { otherNetwork } from "./other_networks.ts";
import { torchShapes } from "./weights.ts";

/** A tensor as far as a header goes. */
export interface Described {
  readonly dtype: string;
  readonly shape: readonly number[];
}

type Tensors = Readonly<Record<string, Described>>;

/** What names and shapes say of a network. */
export interface Inferred {
  /** Of the architecture. */
  readonly parameters: Partial<ParameterValues>;
  /** Names of what activations learn. */
  readonly learned: readonly string[];
}

/** Reads what can be read off names and shapes. */
export const infer = (weights: Tensors, { architecture }: Target): Inferred => ({
  parameters: architecture.infer(
    Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
  ),
  learned: [
    ...new Set(Object.keys(weights).flatMap((name) => learnedName(name) ?? [])),
  ].toSorted(),
});

/** The network that a file seems to hold. */
export function seemingShape(weights: Tensors, target: Target): NetworkShape {
  const { parameters, learned } = infer(weights, target), { architecture, classes, image } = target;
  return {
    parameters: { ...architecture.defaults, ...parameters as ParameterValues },
    classes,
    image,
    learned,
  };
}

const text = (shape: readonly number[]) => `[${shape.join(", ")}]`;

/**
 * Says what is missing, of another shape or too many.
 *
 * @param shown What the file calls a tensor
 * @returns The first thing that is wrong; undefined for the tensors of a network of the architecture
 */
export function misfit(
  weights: Tensors,
  target: Target,
  shown: (name: string) => string,
): string | undefined {
  const { architecture } = target, { parameters } = infer(weights, target);
  const expected = torchShapes(architecture, seemingShape(weights, target));
  const rest = Object.keys(weights).filter((name) =>
    !Object.hasOwn(expected, name) && !COUNTER.test(name)
  );
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(weights, name));
  const wrong = Object.keys(expected).find((name) =>
    Object.hasOwn(weights, name) && text(weights[name].shape) !== text(expected[name])
  );
  if (missing.length + rest.length === 0 && wrong === undefined) return undefined;
  const other = otherNetwork(weights, target, shown);
  if (other !== undefined) return `it is not a ${architecture.title} but ${other}`;
  const label = (name: string) => `tensor "${shown(name)}"`;
  if (missing.length > 0) {
    const [name] = missing, shape = expected[name], found = nearest(name, shape, weights, rest);
    const more = missing.length === 1 ? "is" : `and ${missing.length - 1} more are`;
    return `${label(name)} ${text(shape)} ${more} missing; ` +
      (found === undefined
        ? "no other tensor is left that could be it"
        : `nearest is "${shown(found)}" ${text(weights[found].shape)}`);
  }
  if (wrong !== undefined) {
    const at = Object.entries(parameters).filter(([, value]) => typeof value === "number")
      .map(([name, value]) => `${name} ${value}`).join(", ");
    return `${label(wrong)} has shape ${text(weights[wrong].shape)}, expected ${
      text(expected[wrong])
    }${at === "" ? "" : ` at ${at}`}`;
  }
  return `${label(rest[0])} ${text(weights[rest[0]].shape)} is not part of this network`;
}

/** Of tensors that are left, the one of the same shape, and of those the one of the likest name. */
function nearest(
  name: string,
  shape: readonly number[],
  weights: Tensors,
  rest: readonly string[],
): string | undefined {
  const score = (other: string) =>
    Number(text(weights[other].shape) === text(shape)) + likeness(name, other);
  return rest.toSorted((a, b) => score(b) - score(a))[0];
}

/** Share of pairs of neighbouring letters that two names have in common, below 1. */
function likeness(a: string, b: string): number {
  const pairs = (name: string) => new Set(Array.from(name.slice(1), (c, i) => name[i] + c));
  const [x, y] = [pairs(a), pairs(b)];
  return x.intersection(y).size / (x.union(y).size + 1);
}
