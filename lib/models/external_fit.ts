/** Holds the names and shapes of a file against the network. @module */
import { type ModelCard, modelCard } from "./card.ts";
import { COUNTER } from "./external_rules.ts";
import { otherNetwork } from "./other_networks.ts";
import { expectedShapes } from "./weights.ts";

/** A tensor as far as a header goes. */
export interface Described {
  readonly dtype: string;
  readonly shape: readonly number[];
}

type Tensors = Readonly<Record<string, Described>>;

/** Whether a name is that of a PReLU's slope. */
export const isSlope = (name: string): boolean => /^(?:layer\d+\.\d+\.)?act\d?\.weight$/.test(name);

/** What names and shapes say of a network: width, final batch norm, and PReLU by its slopes. */
export function inferCard(weights: Tensors): Partial<ModelCard> {
  const first = weights["conv1.weight"] ?? weights["layer1.0.conv1.weight"];
  const width = first?.shape[0] ?? 0;
  return {
    ...width > 0 ? { width } : {},
    final_bn: Object.keys(weights).some((name) => name.startsWith("bn.")),
    ...Object.keys(weights).some(isSlope) ? { activation: "prelu" } : {},
  };
}

const text = (shape: readonly number[]) => `[${shape.join(", ")}]`;

/**
 * Says what is missing, of another shape or too many.
 *
 * @param shown What the file calls a tensor
 * @returns The first thing that is wrong; undefined for the tensors of a PreActResNet18
 */
export function misfit(weights: Tensors, shown: (name: string) => string): string | undefined {
  const { width, final_bn, activation = "relu" } = inferCard(weights);
  const expected = expectedShapes(modelCard({ width: width ?? 64, final_bn, activation }));
  const rest = Object.keys(weights).filter((name) =>
    !Object.hasOwn(expected, name) && !COUNTER.test(name)
  );
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(weights, name));
  const wrong = Object.keys(expected).find((name) =>
    Object.hasOwn(weights, name) && text(weights[name].shape) !== text(expected[name])
  );
  if (missing.length + rest.length === 0 && wrong === undefined) return undefined;
  const other = otherNetwork(weights, shown);
  if (other !== undefined) return `it is not a PreActResNet18 but ${other}`;
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
    return `${label(wrong)} has shape ${text(weights[wrong].shape)}, expected ${
      text(expected[wrong])
    }${width === undefined ? "" : ` at width ${width}`}`;
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
