/**
 * Model cards: what a file of weights does not say about its network.
 *
 * @module
 */
import { type Activation, activations } from "./activation_names.ts";

/** A PreActResNet18 and its preprocessing. */
export interface ModelCard {
  readonly arch: "preact_resnet18";
  /** Channels of the first stage; 64 is the standard network. */
  readonly width: number;
  readonly activation: Activation;
  /** Sharpness of Softplus. */
  readonly beta?: number;
  /** Whether batch norm and activation come before the pooling. */
  readonly final_bn: boolean;
  /** What a projection shortcut reads: the activated input (kuangliu, [14]) or the raw one. */
  readonly shortcut: "activated" | "raw";
  /** Normalisation inside the model, per channel, for pixels in [0, 1]. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly bn_eps: number;
}

/** The card of the network that Rodriguez-Munoz et al. (2024, `model/prn.py`) train. */
export function modelCard(
  options: Partial<ModelCard> & Pick<ModelCard, "activation">,
): ModelCard {
  return {
    arch: "preact_resnet18",
    width: 64,
    final_bn: false,
    shortcut: "activated",
    mean: [0, 0, 0],
    std: [1, 1, 1],
    bn_eps: 1e-5,
    ...options,
  };
}

type Check = (value: unknown) => boolean;
const finite: Check = (value) => typeof value === "number" && Number.isFinite(value);
/** What lies outside is 0 or infinite in float32, or makes second derivatives so. */
const between = (low: number, high: number): Check => (value) =>
  finite(value) && value as number >= low && value as number <= high;
const triple = (each: Check): Check => (value) =>
  Array.isArray(value) && value.length === 3 && value.every(each);

const FOR_255 = "(values for pixels 0 to 255 have to be divided by 255)";

const fields: Record<keyof ModelCard, { check: Check; expected: string; optional?: boolean }> = {
  arch: { check: (value) => value === "preact_resnet18", expected: '"preact_resnet18"' },
  width: {
    check: (value) => Number.isInteger(value) && (value as number) > 0,
    expected: "a positive whole number",
  },
  activation: {
    check: (value) => activations.includes(value as Activation),
    expected: `one of ${activations.join(", ")}`,
  },
  beta: { check: between(0.001, 1_000), expected: "a number from 0.001 to 1000", optional: true },
  final_bn: { check: (value) => typeof value === "boolean", expected: "true or false" },
  shortcut: {
    check: (value) => value === "activated" || value === "raw",
    expected: '"activated" or "raw"',
  },
  mean: {
    check: triple(between(0, 1)),
    expected: `three numbers from 0 to 1 ${FOR_255}`,
  },
  std: {
    check: triple(between(0.001, 1)),
    expected: `three numbers from 0.001 to 1 ${FOR_255}`,
  },
  bn_eps: { check: between(1e-12, 1), expected: "a number from 1e-12 to 1" },
};

/** The fields of a card, in the order in which people read them. */
export const cardFields = Object.keys(fields) as readonly (keyof ModelCard)[];

/**
 * Checks one field.
 *
 * @returns What was expected, if the value is not allowed
 */
export function cardFieldProblem(field: keyof ModelCard, value: unknown): string | undefined {
  const { check, expected } = fields[field];
  if (check(value)) return undefined;
  const isFor255 = (field === "mean" || field === "std") &&
    triple((value) => finite(value) && value as number >= 0 && value as number <= 255)(value) &&
    (value as number[]).some((value) => value > 1);
  return isFor255
    ? `${expected}: ${(value as number[]).map((value) => shortestFloat(value / 255))}`
    : expected;
}

/** Whether two numbers are the same in float32. */
export const sameFloat = (a: number, b: number): boolean => Math.fround(a) === Math.fround(b);

/** The shortest decimal that is the same in float32: 0.4914 for 0.49140000343322754. */
export function shortestFloat(value: number, same = sameFloat): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (same(short, value)) return short;
  }
  return value;
}

/**
 * Reads those fields that JSON text has.
 *
 * @param source Named in errors
 * @throws {SyntaxError} If the text is not JSON
 * @throws {RangeError} If a field is unknown or of a wrong value
 */
export function parseCardFields(text: string, source = "card.json"): Partial<ModelCard> {
  let card: Record<string, unknown>;
  try {
    card = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read the model card "${source}": ${error}`, { cause: error });
  }
  if (typeof card !== "object" || card === null || Array.isArray(card)) {
    throw cardError(source, "expected an object");
  }
  for (const [key, value] of Object.entries(card)) {
    if (!Object.hasOwn(fields, key)) {
      throw cardError(source, `unknown field "${key}"; known are ${cardFields.join(", ")}`);
    }
    refuseWrong(source, key as keyof ModelCard, value);
  }
  return card;
}

/**
 * Reads a whole card from JSON text.
 *
 * @param source Named in errors
 * @throws {SyntaxError} If the text is not JSON
 * @throws {RangeError} If a field is missing, unknown or of a wrong value
 */
export function parseModelCard(text: string, source = "card.json"): ModelCard {
  const card = parseCardFields(text, source);
  for (const key of cardFields) {
    if (card[key] !== undefined || !fields[key].optional) refuseWrong(source, key, card[key]);
  }
  return card as ModelCard;
}

const cardError = (source: string, detail: string) =>
  new RangeError(`Cannot read the model card "${source}": ${detail}`);

function refuseWrong(source: string, key: keyof ModelCard, value: unknown): void {
  const expected = cardFieldProblem(key, value);
  if (expected === undefined) return;
  throw cardError(source, `"${key}" is ${JSON.stringify(value)}, expected ${expected}`);
}
