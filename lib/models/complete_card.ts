/** A whole card from what command line, card file and weights say. @module */
import { fieldsOf, type Schema } from "../schema.ts";
import type { Target } from "./architecture.ts";
import { archOf, type ModelCard, type ModelRules } from "./card.ts";
import { cardFields } from "./card_fields.ts";
import type { Inferred } from "./external_fit.ts";
import { heldNormalisation } from "./held_normalisation.ts";

/** Where a field of a card came from; `file` are the tensors' names, shapes and buffers. */
export type Origin = "given" | "card" | "file" | "default";

/** Parts of a card, those that count most first. */
export interface CardParts {
  /** By the command line. */
  readonly given: Partial<ModelCard>;
  /** By a card file or the metadata of the weights. */
  readonly card: Partial<ModelCard>;
  /** By names and shapes. */
  readonly inferred: Inferred;
  /** Normalisation that the weights hold, and what its tensors are called. */
  readonly buffers: Partial<Pick<ModelCard, "mean" | "std">>;
}

/** A whole card, and where each field came from. */
export interface CompleteCard {
  readonly card: ModelCard;
  readonly origins: Readonly<Record<string, Origin>>;
}

/** Something has to be said, or said otherwise, for a file to be a network. */
export class UnknownNetworkError extends RangeError {
  override name = "UnknownNetworkError";
}

/** What is known of the network and of cards. */
export interface CardKnowledge extends Target {
  readonly activations: ModelRules["activation"];
}

/**
 * Puts the parts of a card together.
 *
 * @param source The weights, named in errors
 * @throws {UnknownNetworkError} If a field is missing that cannot be inferred, or parts contradict each other
 */
export function completeCard(
  { given, card, inferred, buffers }: CardParts,
  { architecture, image: [, , channels], activations }: CardKnowledge,
  source: string,
): CompleteCard {
  const fail = (detail: string): never => {
    throw new UnknownNetworkError(`Cannot tell what network "${source}" is: ${detail}`);
  };
  const rules = { architecture: { [architecture.name]: architecture }, activation: activations };
  const whole: Record<string, unknown> = {}, origins: Record<string, Origin> = {};
  const says = (field: "mean" | "std") => given[field] ?? card[field];
  const { entries, same, for255 } = heldNormalisation(buffers, rules, says, fail);
  const learning = Object.values(activations).filter(({ learned = {} }) =>
    Object.keys(learned).toSorted().join() === inferred.learned.join()
  );
  const parts: [Partial<ModelCard>, Origin][] = [
    [given, "given"],
    [card, "card"],
    [Object.fromEntries(entries), "file"],
    [inferred.parameters, "file"],
    [
      inferred.learned.length > 0 && learning.length === 1 ? { activation: learning[0].name } : {},
      "file",
    ],
    // what PyTorch's layers have where nothing is said
    [{ arch: archOf(architecture), bn_eps: 1e-5 }, "default"],
  ];
  const take = (field: string, defaults: Partial<ModelCard> = {}) => {
    const all = [...parts, [defaults, "default"] as const];
    const [part, origin] = all.find(([part]) => part[field] !== undefined) ?? [];
    if (part === undefined || origin === undefined) return false;
    whole[field] = part[field];
    origins[field] = origin;
    return true;
  };
  const ofActivations = Object.values(activations).flatMap(({ parameters }) =>
    Object.keys(fieldsOf(parameters))
  );
  const missing = cardFields(rules).filter((field) =>
    !ofActivations.includes(field) && !take(field)
  );
  if (missing.length > 0) fail(missingText(missing, rules));
  for (const field of ["mean", "std"] as const) {
    const given = whole[field] as readonly number[];
    if (given.length === channels) continue;
    fail(`${field} is given as ${given.join(",")}, expected ${channels} numbers, one a channel`);
  }
  for (const [field, seen] of Object.entries(inferred.parameters)) {
    if (whole[field] === seen) continue;
    fail(
      `${field} is given as ${whole[field]}, but the file holds ${field} ${seen}; leave ${field} ` +
        "out or change it",
    );
  }
  const activation = activations[whole.activation as string];
  if (!learning.includes(activation)) {
    const names = inferred.learned.join(" and ");
    const as = learning.map(({ title }) => title).join(" or ") || "none";
    fail(
      `activation is given as ${activation.name}, but the file's activations learned ${
        names === "" ? "nothing" : `${names}, as ${as}`
      }; leave activation out or change it`,
    );
  }
  for (const [field, held] of entries) {
    const said = whole[field] as readonly number[];
    if (held.some((value, i) => !same(said[i], value))) {
      fail(
        `${field} is given as ${said.join(",")}, but the file holds ${field} ${held.join(",")}${
          for255 ? " (divided by 255)" : ""
        }; give one of them only`,
      );
    }
  }
  const own = Object.keys(fieldsOf(activation.parameters));
  for (const field of own) take(field, activation.defaults);
  const foreign = ofActivations.find((field) => given[field] !== undefined && !own.includes(field));
  if (foreign !== undefined) {
    const owners = Object.values(activations).filter(({ parameters }) =>
      foreign in fieldsOf(parameters)
    );
    fail(
      `${foreign} ${given[foreign]} is given, but its activation is ${activation.name}, not ${
        owners.map(({ name }) => name).join(" or ")
      }`,
    );
  }
  return { card: whole as unknown as ModelCard, origins };
}

/** What a card lacks, and how to say each of it. */
function missingText(fields: readonly string[], rules: ModelRules): string {
  const hints = fields.map((field) => hint(field, rules)), card = "docs/evaluate.md#the-model-card";
  if (fields.length === 1) {
    return `its ${fields[0]} is not given; add ${hints[0]}, or a card (${card})`;
  }
  const names = `${fields.slice(0, -1).join(", ")} and ${fields.at(-1)}`;
  return `its ${names} are not given; add\n${hints.map((hint) => `  ${hint}\n`).join("")}` +
    `or a card (${card})`;
}

/** How to say what cannot be guessed. */
function hint(field: string, { architecture, activation }: ModelRules): string {
  if (field === "activation") return `--activation ${Object.keys(activation).join("|")}`;
  if (field === "mean") return "--mean R,G,B, and 0,0,0 for none";
  if (field === "std") return "--std R,G,B, and 1,1,1 for none";
  for (const { parameters, meanings } of Object.values(architecture)) {
    const schema = fieldsOf(parameters)[field];
    if (schema !== undefined) return `${optionText(field, schema)}, ${meanings[field]}`;
  }
  return `--${field.replaceAll("_", "-")}`;
}

/** How a parameter is given on the command line: `--width N`, `--shortcut activated|raw`. */
export function optionText(name: string, { form }: Schema<unknown>): string {
  const option = `--${name.replaceAll("_", "-")}`;
  if (form.kind === "boolean") return option;
  if (form.kind === "choice") return `${option} ${form.allowed.join("|")}`;
  return `${option} ${form.kind === "number" && form.limits.integer ? "N" : "X"}`;
}
