/** The keys of the profile's schema and the values of each that differ most. @module */
import { type Profile, readProfile } from "../pipeline/profile/profile.ts";
import { ATTACK_RULES } from "../pipeline/profile/attack_schema.ts";
import { profileSchema } from "../pipeline/profile/profile_schema.ts";
import { parameterKey } from "../lib/models/activation.ts";
import type { Architecture } from "../lib/models/architecture.ts";
import { fieldsOf, type Form, type Schema } from "../lib/schema.ts";
import { METHODS } from "../pipeline/profile/method_schema.ts";
import { ACTIVATIONS } from "../pipeline/profile/model_schema.ts";
import { edges } from "./edges.ts";
import { MODEL_RULES } from "./networks.ts";
import { PERMITTED } from "./permitted.ts";

/** The smallest profile of which every part has something to do; it names every key. */
const SMALLEST = `
description: The smallest that has it all
seed: 0
seeds: 1
jobs: 1
data: {}
model: {}
recipe: {}
methods:
  natural: {}
  igr: { lambda: 1, epsilon: 8/255, ramp_epochs: 1 }
  fgsm: { epsilon: 8/255, step_size: 8/255, start: zero }
table: [igr/gelu]
attacks:
  images: 10
  batch_size: 4
  epsilon: 8/255
  search_precision: f32
  pgd50: { steps: 2, step_size: 2/255, random_start: true, restarts: 1, keep: last }
  autoattack: {}
`;

/** The change that chooses an optimiser, with all else that a recipe has. */
const recipe = (own: string) =>
  `{ epochs: 1, batch_size: 3, ${own}, weight_decay: 5e-4, ` +
  "schedule: { kind: one_cycle, learning_rate: 0.02, warmup: 0.2 }, " +
  "augmentation: { crop_padding: 4, flip: true }, " +
  "batch_norm: { mode: train, momentum: 0.1, epsilon: 1e-5 }, " +
  "held_out_images: 2, probe_images: 2, precision: f32 }";
const ADAM = "beta1: 0.9, beta2: 0.999, adam_epsilon: 1e-8";

/** The smallest networks of an architecture, with all that activations may be told. */
const smallestModel = ({ name, parameters, defaults }: Architecture) =>
  JSON.stringify({
    architecture: name,
    ...defaults,
    ...Object.fromEntries(
      Object.entries(fieldsOf(parameters)).flatMap(([field, { form }]) =>
        form.kind === "number" ? [[field, form.limits.min]] : []
      ),
    ),
    ...Object.fromEntries(
      Object.values(MODEL_RULES.activation).flatMap(({ name, defaults }) =>
        Object.entries(defaults).map(([parameter, value]) => [parameterKey(name, parameter), value])
      ),
    ),
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
  });

/** The variants of a profile's `model`: one an architecture. */
export const MODELS = Object.keys(MODEL_RULES.architecture).map((name) => `model.${name}`);

/** What the variants of a key with several are like. */
const VARIANTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(MODEL_RULES.architecture).map(([name, rule]) => [
      `model.${name}`,
      smallestModel(rule),
    ]),
  ),
  "data.synthetic": "{ source: synthetic, name: synthetic-v1, train_images: 8, test_images: 10, " +
    "difficulty: { contrast: 0.3, noise: 0.04, clutter: 4 } }",
  "data.folder": "{ source: folder, name: edges, train_images: 8, test_images: 10 }",
  "data.archive": "{ source: archive, name: cifar10, train_images: 8, test_images: 10 }",
  // sections that a profile may leave out
  "theory.section":
    "{ images: 1, epsilons: [0, 8/255], steps: 1, fab_iterations: 1, batch_size: 1 }",
  "curve.section":
    "{ images: 1, epsilons: [0, 8/255], iterations: 1, restarts: 1, targets: 1, batch_size: 1 }",
  "transfer.section": "{ images: 1, steps: 1, epsilon: 8/255, batch_size: 1 }",
  "surface.section": "{ images: 1, shown: 1, points: 3, radius: 8/255, batch_size: 1 }",
  "recipe.sgd": recipe("optimizer: sgd, momentum: 0.9, nesterov: false"),
  "recipe.adam": recipe(`optimizer: adam, ${ADAM}`),
  "recipe.adamw": recipe(`optimizer: adamw, ${ADAM}`),
  "recipe.schedule.one_cycle": "{ kind: one_cycle, learning_rate: 0.02, warmup: 0.2 }",
  "recipe.schedule.piecewise":
    "{ kind: piecewise, learning_rate: 0.02, milestones: [0.5], factor: 0.1 }",
  "recipe.schedule.cosine": "{ kind: cosine, learning_rate: 0.02, warmup_epochs: 1, " +
    "warmup_learning_rate: 1e-6, min_learning_rate: 1e-5 }",
};

/** Words that a setting of AutoAttack may be, or be a list of. */
function wordsOf(setting: string): readonly string[] {
  if (!PERMITTED) return []; // nor is there a rule then
  const { form } = fieldsOf(ATTACK_RULES.autoattack.parameters)[setting];
  const words = form.kind === "list" ? form.of.form : form;
  return words.kind === "choice" ? words.allowed : [];
}

/** Versions of AutoAttack, and all its members. */
export const VERSIONS = wordsOf("version"), MEMBERS = wordsOf("attacks");

/** The change that chooses a version of AutoAttack; `custom` has all members. */
export const ensemble = (version: string): string =>
  `attacks.autoattack={ version: ${version}, ${
    version === "custom" ? `attacks: [${MEMBERS.join(", ")}], ` : ""
  }apgd_iterations: 2, apgd_targets: 1, fab_iterations: 1, fab_targets: 1, square_queries: 2, ` +
  "restarts: 1, eot: 1 }";

const START = [
  ...["data.synthetic", "recipe.sgd", "recipe.schedule.one_cycle", MODELS[0]].map(choose),
  ensemble("custom"),
];

/** The change that chooses a variant, for example `data.folder`. */
export function choose(variant: string): string {
  if (VARIANTS[variant] === undefined) throw new Error(`Cannot choose ${variant}: add an example`);
  return `${variant.slice(0, variant.lastIndexOf("."))}=${VARIANTS[variant]}`;
}

/** Reads the smallest profile with changes. */
export const smallest = (changes: readonly string[]): Profile =>
  readProfile("edges", SMALLEST, [...START, ...changes]);

/** A key that holds one value. */
export interface Leaf {
  /** For example `model.std[1]`. */
  readonly path: string;
  readonly form: Exclude<Form, { kind: "object" | "tagged" | "nullable" }>;
  readonly nullable: boolean;
  readonly optional: boolean;
  /** The change that makes it a key of the profile. */
  readonly within: readonly string[];
}

/** All keys of the schema; a list counts as one, and so does each of its items if it has a length. */
export function leaves(
  schema: Schema<unknown> = profileSchema,
  path = "",
  within: readonly string[] = [],
  nullable = false,
): Leaf[] {
  const { form, optional = false } = schema, at = (name: string) => path ? `${path}.${name}` : name;
  switch (form.kind) {
    case "object": {
      const section = `${path}.section`;
      const own = VARIANTS[section] === undefined ? within : [...within, choose(section)];
      return Object.entries(form.fields).flatMap(([name, field]) => leaves(field, at(name), own));
    }
    case "tagged":
      return Object.entries(form.variants).flatMap(([variant, schema]) =>
        leaves(schema, path, [...within, choose(`${path}.${variant}`)])
      );
    case "nullable":
      return leaves(form.of, path, within, true);
    case "list":
      return [
        { path, form, nullable, optional, within },
        ...form.min !== form.max
          ? []
          : Array.from({ length: form.max }, (_, i) => leaves(form.of, `${path}[${i}]`, within))
            .flat(),
      ];
    default:
      return [{ path, form, nullable, optional, within }];
  }
}

/** Values of keys that hold words: those of the schema cannot be counted. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "description": ['""'],
  "remote": [], // a place; its test names some
  "data.name": [], // no more than the variants have
  "readings": [], // of rows that a table has: the tests of table1() and of aggregate name some
  "recipe.start.method": ["natural"],
  "branches": [], // have tests of their own
  "variants.methods": ["{ half: { rule: igr, lambda: 0.5, recipe: { label_smoothing: 0.5 } } }"],
  "variants.activations": ["{ ten: { rule: softplus, beta: 10 } }"],
};

/** A row of the variants above. */
export const VARIANT_ROW = "half/ten";

/** Rows in which each method and each activation has a part. */
export const ROWS = Array.from(
  { length: Math.max(METHODS.length, ACTIVATIONS.length) },
  (_, i) => `${METHODS[i % METHODS.length]}/${ACTIVATIONS[i % ACTIVATIONS.length]}`,
);

/** Values that a key may have and that differ most, as YAML. */
export function insideValues({ path, form, nullable }: Leaf): string[] {
  const values = () => {
    switch (form.kind) {
      case "number":
        return [edges(form.limits).low, edges(form.limits).high].map(String);
      case "boolean":
        return ["false", "true"];
      case "choice":
        return [...form.allowed];
      case "record":
      case "text":
        if (WORDS[path] === undefined) throw new Error(`Cannot try ${path}: add examples`);
        return [...WORDS[path]];
      case "list": {
        if (path === "table") return ROWS.map((row) => `[${row}]`);
        if (/^(theory|curve)\.epsilons$/.test(path)) return ["[0, 1e-9]", "[0, 1]"];
        if (form.min === form.max) return []; // its items count
        if (form.of.form.kind === "object") return []; // records of their own tests
        const { form: item } = form.of, few = form.min === 0 ? ["[]"] : [];
        const each = item.kind === "number"
          ? [edges(item.limits).low, edges(item.limits).high].map(String)
          : item.kind === "choice"
          ? item.allowed
          : [];
        return [...few, ...each.map((value) => `[${value}]`), `[${each.join(", ")}]`];
      }
    }
  };
  return [...values(), ...nullable ? ["null"] : []];
}
