/** Options of `deno task evaluate` that say what a model card would. @module */
import type { ModelCard } from "../../lib/models/card.ts";
import { cardFieldProblem } from "../../lib/models/card_fields.ts";
import { optionText } from "../../lib/models/complete_card.ts";
import { loadModelRules } from "../../lib/rules/models.ts";
import { fieldsOf, type Schema } from "../../lib/schema.ts";
import type { Option } from "../common/help.ts";
import { UsageError } from "../common/options.ts";
import { suggestion } from "../common/values.ts";

/** The architectures and activations there are. */
export const MODEL_RULES = await loadModelRules();

/** One parameter by its name, and what it is to each rule that has it. */
interface ParameterOption {
  readonly field: string;
  readonly schema: Schema<unknown>;
  readonly help: string;
}

const architectures: ParameterOption[] = Object.values(MODEL_RULES.architecture).flatMap(
  ({ parameters, meanings }) =>
    Object.entries(fieldsOf(parameters)).map(([field, schema]) => ({
      field,
      schema,
      help: `${meanings[field]}${endOf(field, schema)}`,
    })),
);

const activations: ParameterOption[] = Object.values(MODEL_RULES.activation).flatMap(
  ({ name, parameters, meanings, defaults }) =>
    Object.entries(fieldsOf(parameters)).map(([field, schema]) => ({
      field,
      schema,
      help: `${meanings[field]} of ${name} (default: ${defaults[field]})`,
    })),
);

/** What is said of an architecture's parameter after its meaning. */
function endOf(field: string, { form }: Schema<unknown>): string {
  if (form.kind === "boolean") return `, --no-${optionOf(field)} for none`;
  // the contract of architectures: numbers can be read off shapes
  if (form.kind === "number") return " (default: as the file has it)";
  return form.kind === "choice" ? `: ${form.allowed.join(" or ")}` : "";
}

function optionOf(field: string): string {
  return field.replaceAll("_", "-");
}

const optionFor = ({ field, schema, help }: ParameterOption): Option => [
  optionText(field, schema).replace(/\S+\|\S+/, "WHAT"),
  help,
];

/** What options name. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  arch: Object.keys(MODEL_RULES.architecture).map((name) => name.replaceAll("-", "_")),
  activation: Object.keys(MODEL_RULES.activation),
};

/** These options for the help text. */
export const CARD_OPTIONS: readonly Option[] = [
  [
    "--arch NAME",
    `${NAMES.arch.join(", ")} (default: what names of tensors look like)`,
  ],
  ["--activation NAME", NAMES.activation.join(", ")],
  ...[...activations, ...architectures].map(optionFor),
  ["--mean R,G,B", "normalisation of pixels in [0, 1] (default: buffers of the file, if any)"],
  ["--std R,G,B", "the same"],
  ["--bn-eps X", "of batch norm (default: 1e-5)"],
  ["--prefix NAME.", "of the network's tensors, if the file holds several networks"],
  ["--card FILE", "(default: NAME.card.json beside the weights, or the file's metadata)"],
];

const all = [...architectures, ...activations];
const switches = all.filter(({ schema }) => schema.form.kind === "boolean");

/** Options that are followed by a text. */
export const CARD_TEXTS: readonly string[] = [
  ...["arch", "activation", "mean", "std", "bn-eps"],
  ...new Set(all.filter((one) => !switches.includes(one)).map(({ field }) => optionOf(field))),
];

/** Options that are followed by nothing; each may have `no-` before it. */
export const CARD_SWITCHES: readonly string[] = switches.map(({ field }) => optionOf(field));

/** A number or a fraction such as `8/255`; NaN for anything else. */
export function numberOf(text: string): number {
  const parts = text.split("/").map((part) => part.trim() === "" ? NaN : Number(part));
  return parts.length > 2 ? NaN : parts.reduce((above, below) => above / below);
}

/**
 * The card's fields that are given.
 *
 * @throws {UsageError} If a value is not allowed
 */
export function readCardOptions(
  texts: Readonly<Record<string, string | undefined>>,
  given: Readonly<Record<string, boolean>>,
): Partial<ModelCard> {
  const card: Record<string, unknown> = {};
  const take = (option: string, field: string, read: (text: string) => unknown) => {
    const text = texts[option];
    if (text === undefined) return;
    card[field] = read(text);
    const expected = cardFieldProblem(field, card[field], MODEL_RULES, card as Partial<ModelCard>);
    if (expected === undefined) return;
    throw new UsageError(
      `Cannot use "--${option} ${text}": expected ${expected}${
        suggestion(text, NAMES[option] ?? [])
      }`,
    );
  };
  const list = (text: string) => text.split(",").map(numberOf);
  take("arch", "arch", String);
  take("activation", "activation", String);
  for (const { field, schema: { form } } of all) {
    if (form.kind !== "boolean") {
      take(optionOf(field), field, form.kind === "number" ? numberOf : String);
    }
  }
  take("mean", "mean", list);
  take("std", "std", list);
  take("bn-eps", "bn_eps", numberOf);
  for (const { field } of switches) {
    const value = given[optionOf(field)];
    if (value !== undefined) card[field] = value;
  }
  return card as Partial<ModelCard>;
}
