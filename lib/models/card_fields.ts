/**
 * The fields of model cards: those of every card, and the parameters of the architectures and
 * activations that it may name.
 *
 * @module
 */
import { fieldsOf, type Issue, number, oneOf, type Schema } from "../schema.ts";
import type { Activation } from "./activation.ts";
import type { Architecture } from "./architecture.ts";
import { archOf, type ModelCard, type ModelRules, namedBy } from "./card.ts";
import { shortestFloat } from "./floats.ts";

const FOR_255 = "(values for pixels 0 to 255 have to be divided by 255)";

/** One number for each channel. What lies outside is 0 or infinite in float32. */
const channels = (min: number, max: number, what: string): Schema<readonly number[]> => {
  const isList = (value: unknown, max: number) =>
    Array.isArray(value) && value.length > 0 &&
    value.every((item) => Number.isFinite(item) && item >= min && item <= max);
  const read = (value: unknown, path: string, issues: Issue[]) => {
    if (isList(value, max)) return value as number[];
    const divided = isList(value, 255)
      ? `: ${(value as number[]).map((item) => shortestFloat(item / 255))}`
      : "";
    const expected = `${what} from ${min} to ${max}, one a channel ${FOR_255}${divided}`;
    issues.push({ path, text: `is ${JSON.stringify(value)}, expected ${expected}`, expected });
    return [];
  };
  const form = { kind: "list", of: number({ min, max }), min: 1, max: Infinity } as const;
  return Object.assign(read, { form });
};

/** Fields that every card has. */
const COMMON = {
  mean: channels(0, 1, "numbers"),
  std: channels(0.001, 1, "numbers"),
  // second derivatives have its power of -5/2, which is to be a float32
  bn_eps: number({ min: 1e-12, max: 1 }),
} as const;

/** Schemas of the parameters of rules, by name; equal names of several rules are several schemas. */
function parametersOf(
  rules: readonly (Architecture | Activation)[],
): Map<string, Schema<unknown>[]> {
  const all = new Map<string, Schema<unknown>[]>();
  for (const { parameters } of rules) {
    for (const [name, schema] of Object.entries(fieldsOf(parameters))) {
      all.set(name, [...all.get(name) ?? [], schema]);
    }
  }
  return all;
}

/** The fields of cards, in the order in which people read them: how large it is comes first. */
export function cardFields({ architecture, activation }: ModelRules): string[] {
  const all = [...parametersOf(Object.values(architecture))];
  const isSize = ([, [{ form }]]: typeof all[number]) => form.kind === "number";
  return [
    "arch",
    ...all.filter((entry) => isSize(entry)).map(([name]) => name),
    "activation",
    ...parametersOf(Object.values(activation)).keys(),
    ...all.filter((entry) => !isSize(entry)).map(([name]) => name),
    ...Object.keys(COMMON),
  ];
}

/** Schemas of a field: of the rules that the card names, or of all that have it. */
function schemasOf(field: string, card: Partial<ModelCard>, rules: ModelRules): Schema<unknown>[] {
  if (field === "arch") return [oneOf(...Object.values(rules.architecture).map(archOf))];
  if (field === "activation") return [oneOf(...Object.keys(rules.activation))];
  if (field in COMMON) return [COMMON[field as keyof typeof COMMON]];
  const { architecture, activation } = namedBy(card, rules);
  const named = [architecture, activation].filter((rule) => rule !== undefined);
  return parametersOf(named).get(field) ??
    parametersOf([...Object.values(rules.architecture), ...Object.values(rules.activation)])
      .get(field) ??
    [];
}

/** Reads a field, or says what was expected. */
function readField(
  field: string,
  value: unknown,
  card: Partial<ModelCard>,
  rules: ModelRules,
): { value: unknown } | { expected: string } {
  let expected = "";
  for (const schema of schemasOf(field, card, rules)) {
    const issues: Issue[] = [], read = schema(value, field, issues);
    if (issues.length === 0) return { value: read };
    expected ||= issues[0].expected ?? issues[0].text;
  }
  return { expected };
}

/**
 * Checks one field.
 *
 * @param card What is known of the card, which says whose parameter the field is
 * @returns What was expected, if the value is not allowed
 */
export function cardFieldProblem(
  field: string,
  value: unknown,
  rules: ModelRules,
  card: Partial<ModelCard> = {},
): string | undefined {
  const read = readField(field, value, card, rules);
  return "expected" in read ? read.expected : undefined;
}

/**
 * Reads those fields that JSON text has.
 *
 * @param source Named in errors
 * @throws {SyntaxError} If the text is not JSON
 * @throws {RangeError} If a field is unknown or of a wrong value
 */
export function parseCardFields(
  text: string,
  rules: ModelRules,
  source = "card.json",
): Partial<ModelCard> {
  let card: Record<string, unknown>;
  try {
    card = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read the model card "${source}": ${error}`, { cause: error });
  }
  if (typeof card !== "object" || card === null || Array.isArray(card)) {
    throw cardError(source, "expected an object");
  }
  const known = cardFields(rules);
  return Object.fromEntries(
    Object.entries(card).map(([field, value]) => {
      if (!known.includes(field)) {
        throw cardError(source, `unknown field "${field}"; known are ${known.join(", ")}`);
      }
      return [field, fieldOf(source, field, value, card as Partial<ModelCard>, rules)];
    }),
  ) as Partial<ModelCard>;
}

/**
 * Reads a whole card from JSON text.
 *
 * @param source Named in errors
 * @throws {SyntaxError} If the text is not JSON
 * @throws {RangeError} If a field is missing, unknown or of a wrong value
 */
export function parseModelCard(text: string, rules: ModelRules, source = "card.json"): ModelCard {
  const card = parseCardFields(text, rules, source);
  const need = (field: string) => fieldOf(source, field, card[field], card, rules);
  for (const field of ["arch", "activation", ...Object.keys(COMMON)]) need(field);
  const { architecture, activation } = namedBy(card, rules);
  Object.keys(fieldsOf(architecture!.parameters)).forEach(need);
  for (const field of Object.keys(fieldsOf(activation!.parameters))) {
    if (card[field] !== undefined || !(field in activation!.defaults)) need(field);
  }
  return card as ModelCard;
}

const cardError = (source: string, detail: string) =>
  new RangeError(`Cannot read the model card "${source}": ${detail}`);

function fieldOf(
  source: string,
  field: string,
  value: unknown,
  card: Partial<ModelCard>,
  rules: ModelRules,
): unknown {
  const read = readField(field, value, card, rules);
  if ("value" in read) return read.value;
  throw cardError(source, `"${field}" is ${JSON.stringify(value)}, expected ${read.expected}`);
}
