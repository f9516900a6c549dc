/**
 * The section `variants` of a profile: names that rows may have in the place of a method or an
 * activation, each a rule with parameters of its own.
 *
 *     variants:
 *       methods:
 *         fgsm-12: { rule: fgsm, epsilon: 12/255, step_size: 12/255, evaluation_epsilon: 12/255 }
 *         igr-eval: { rule: igr, recipe: { batch_norm: { mode: eval } }, model: { width: 16 } }
 *       activations:
 *         softplus-10: { rule: softplus, beta: 10 }
 *     table: [fgsm-12/softplus-10]
 *
 * @module
 */
import { LIMITS } from "../../lib/limits.ts";
import { epsilonText } from "../../lib/report/names.ts";
import { alike, nearest } from "../cells/nearest.ts";
import {
  fieldsOf,
  type Issue,
  named,
  number,
  object,
  oneOf,
  optional,
  record,
  type Schema,
  tagged,
  text,
  withDefaults,
} from "../../lib/schema.ts";
import { METHOD_RULES } from "./method_schema.ts";
import { ACTIVATION_RULES } from "./model_schema.ts";

/** Which kinds of names rows are made of, and what a profile calls many of them. */
const SECTIONS = { method: "methods", activation: "activations" } as const;

/** What a row names: `method/activation`. */
export type RowPart = keyof typeof SECTIONS;

/** A rule with parameters of its own. */
export interface Variant {
  readonly rule: string;
  /** As tables and figures write it; by default the rule's title with the parameters that are given. */
  readonly title?: string;
  /** Of a method: radius at which its rows are measured and attacked, `attacks.epsilon` by default. */
  readonly evaluation_epsilon?: number;
  /** Of a method: what its rows have in the place of keys of the profile's `recipe` and `model`. */
  readonly recipe?: Changes;
  readonly model?: Changes;
  /** Parameters of the rule; those left out are as rows of the rule's own name have them. */
  readonly [parameter: string]: unknown;
}

/** Keys of a section that differ; those of a record in it that are left out stay. */
export type Changes = Readonly<Record<string, unknown>>;

/** Variants by name. */
export type Variants = Readonly<
  Record<(typeof SECTIONS)[RowPart], Readonly<Record<string, Variant>>>
>;

interface Rule {
  readonly name: string;
  readonly title: string;
  readonly parameters: Schema<unknown>;
}

const RULES: Readonly<Record<RowPart, Readonly<Record<string, Rule>>>> = {
  method: METHOD_RULES,
  activation: ACTIVATION_RULES,
};

const NAME = /^[a-z][a-z0-9-]*$/;

const sectionOf = (rules: Readonly<Record<string, Rule>>, more: Record<string, Schema<unknown>>) =>
  named(
    NAME,
    "a name of small letters, digits and -",
    tagged(
      "rule",
      Object.fromEntries(
        Object.values(rules).map(({ name, parameters }) => {
          const own = Object.entries(fieldsOf(parameters));
          const schema = object({
            rule: oneOf(name),
            title: optional(text()),
            ...more,
            ...Object.fromEntries(own.map(([key, schema]) => [key, optional(schema)])),
          });
          return [name, schema as unknown as Schema<Variant>];
        }),
      ),
    ),
  );

/** The section; a profile may leave it out. */
export const variantsSchema: Schema<Variants> = withDefaults(
  object({
    methods: sectionOf(RULES.method, {
      evaluation_epsilon: optional(number(LIMITS.epsilon)),
      // read where they are merged over the profile's: row_setting.ts
      recipe: optional(record),
      model: optional(record),
    }),
    activations: sectionOf(RULES.activation, {}),
  }),
  { methods: {}, activations: {} },
);

/** A method or an activation of a row. */
export interface Chosen {
  readonly rule: string;
  /** Parameters that differ from those of rows of the rule's own name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly evaluationEpsilon?: number;
}

/** What a row means by a name: a variant, or the rule of that name. */
export function chosen(variants: Variants, part: RowPart, name: string): Chosen {
  const variant = variants[SECTIONS[part]][name];
  if (variant === undefined) return { rule: name, parameters: {} };
  const { rule, title: _, evaluation_epsilon, recipe: _recipe, model: _model, ...parameters } =
    variant;
  return {
    rule,
    parameters,
    ...evaluation_epsilon === undefined ? {} : { evaluationEpsilon: evaluation_epsilon },
  };
}

/** How a report writes the variants among some names: rule and title by name. */
export function variantTitles(
  variants: Variants,
  part: RowPart,
  names: Iterable<string>,
): Record<string, { rule: string; title: string }> {
  const found: Record<string, { rule: string; title: string }> = {};
  for (const name of names) {
    const variant = variants[SECTIONS[part]][name];
    if (variant === undefined) continue;
    const { title } = RULES[part][variant.rule];
    const { recipe, model } = variant;
    const values = changeTexts({ ...chosen(variants, part, name).parameters, ...model, ...recipe });
    found[name] = {
      rule: variant.rule,
      title: variant.title ?? title + (values.length > 0 ? ` (${values.join(", ")})` : ""),
    };
  }
  return found;
}

/** Changes in words, one each: `batch norm mode eval`. */
function changeTexts(changes: Changes, within = ""): string[] {
  return Object.entries(changes).flatMap(([key, value]) => {
    const words = within + key.replaceAll("_", " ");
    if (value === null) return [`no ${words}`];
    if (typeof value === "object" && !Array.isArray(value)) {
      return changeTexts(value as Changes, `${words} `);
    }
    const isRadius = typeof value === "number" && /epsilon|step_size/.test(key);
    return [`${words} ${isRadius ? epsilonText(value) : value}`];
  });
}

/** The name that was probably meant; itself if it is one. */
const nameMeant = (text: string, names: readonly string[]): string | undefined =>
  names.find((name) => name === text) ??
    nearest(text, names.filter((name) => alike(text, name)), 1)[0];

/** What is wrong with a profile's rows, and with the names of its variants. */
export function rowIssues(variants: Variants, table: readonly string[]): Issue[] {
  const issues: Issue[] = [];
  const names = (part: RowPart) => [
    ...Object.keys(RULES[part]),
    ...Object.keys(variants[SECTIONS[part]]),
  ];
  for (const part of Object.keys(SECTIONS) as RowPart[]) {
    for (const name of Object.keys(variants[SECTIONS[part]])) {
      if (!(name in RULES[part])) continue;
      const text = `has the name of a rule, expected another name than ${name}`;
      issues.push({ path: `variants.${SECTIONS[part]}.${name}`, text });
    }
  }
  const [methods, activations] = [names("method"), names("activation")];
  table.forEach((row, index) => {
    const path = `table[${index}]`, [method, activation] = row.split("/");
    if (!methods.includes(method) || !activations.includes(activation)) {
      const expected = `METHOD/ACTIVATION with METHOD ${methods.join(", ")} and ACTIVATION ${
        activations.join(", ")
      }`;
      const meant = [nameMeant(method, methods), nameMeant(activation, activations)];
      const mend = meant.includes(undefined) ? "" : `; did you mean "${meant.join("/")}"?`;
      issues.push({ path, text: `is "${row}", expected ${expected}${mend}`, expected });
    } else if (table.indexOf(row) !== index) {
      issues.push({ path, text: `is "${row}", expected each row once` });
    }
  });
  return issues;
}
