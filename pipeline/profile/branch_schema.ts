/**
 * The section `branches` of a profile: trainings that go on from a time of a row's training, with
 * something changed from there on, or nothing.
 *
 *     branches:
 *       replay: { from: fgsm/relu, epoch: 9 }
 *       gelu: { from: fgsm/relu, epoch: 9, activation: gelu }
 *       flip: { from: fgsm/relu, epoch: 9, step: 20, recipe: { augmentation: { flip: true } } }
 *
 * @module
 */
import { LIMITS } from "../../lib/limits.ts";
import {
  type Issue,
  named,
  number,
  object,
  optional,
  record,
  type Schema,
  text,
  withDefaults,
} from "../../lib/schema.ts";
import { endOf, isAfter, type Place, placeText } from "../../lib/training/course.ts";
import { type RecipeProfile, recipeSchema } from "../../lib/training/recipe.ts";
import { merged } from "./recipe_presets.ts";
import { rowIssues, type Variants } from "./variant_schema.ts";

/** A training that goes on from another's state. */
export interface Branch extends Place {
  /** A row, `fgsm/relu`; of another seed than the first, `fgsm/relu@2`. */
  readonly from: string;
  /** As tables and figures write it; by default what differs. */
  readonly title?: string;
  /** In the place of the row's, a rule or a variant. */
  readonly method?: string;
  readonly activation?: string;
  /** In the place of the profile's, for all random numbers from here on: the order of batches first. */
  readonly seed?: number;
  /** Changes to the recipe. */
  readonly recipe?: Readonly<Record<string, unknown>>;
}

/** Branches by name. */
export type Branches = Readonly<Record<string, Branch>>;

/** The section; a profile may leave it out. */
export const branchesSchema: Schema<Branches> = withDefaults(
  named(
    /^[a-z][a-z0-9-]*$/,
    "a name of small letters, digits and -",
    object({
      from: text(/^[^/@]+\/[^/@]+(@[1-9]\d*)?$/, "METHOD/ACTIVATION or METHOD/ACTIVATION@SEED"),
      epoch: number(LIMITS.epochs),
      step: optional(number({ min: 1, integer: true })),
      title: optional(text()),
      method: optional(text()),
      activation: optional(text()),
      seed: optional(number(LIMITS.seed)),
      recipe: optional(record),
    }) as Schema<Branch>,
  ),
  {},
);

/** The row that a branch goes on from, the number of its seed, and the row that it is from there on. */
export function rowsOf({ from, method, activation }: Branch) {
  const [row, number = "1"] = from.split("@"), [ownMethod, ownActivation] = row.split("/");
  const becomes = `${method ?? ownMethod}/${activation ?? ownActivation}`;
  return { row, number: Number(number), becomes };
}

/**
 * The recipe of a branch.
 *
 * @param recipe That of the row which it is from there on
 * @param issues Receives what is wrong with the changes
 */
export function branchRecipe(
  { recipe: changes = {} }: Branch,
  recipe: Readonly<Record<string, unknown>>,
  path = "",
  issues: Issue[] = [],
): RecipeProfile {
  // it begins with a state, and keeps none of the row's
  const { start: _, keep_states: __, ...own } = recipe;
  return recipeSchema(merged(own, changes), path, issues);
}

/** What is wrong with a profile's branches. */
export function branchIssues(profile: {
  readonly branches: Branches;
  readonly table: readonly string[];
  readonly seeds: number;
  readonly recipe: RecipeProfile;
  readonly variants: Variants;
}): Issue[] {
  const { table, seeds, recipe, variants } = profile, issues: Issue[] = [];
  for (const [name, branch] of Object.entries(profile.branches)) {
    const at = (key: string) => `branches.${name}.${key}`;
    const { row, number, becomes } = rowsOf(branch), end = endOf(recipe);
    if (!table.includes(row)) {
      const text = `is "${branch.from}", expected a row of table, ${table.join(", ")}`;
      issues.push({ path: at("from"), text });
    } else if (number > seeds) {
      issues.push({
        path: at("from"),
        text: `is "${branch.from}", expected a seed of at most ${seeds} (seeds)`,
      });
    }
    if (!isAfter(end, branch)) {
      const text = `is ${branch.epoch}, expected a time before ${placeText(end)} (recipe)`;
      issues.push({ path: at("epoch"), text });
    }
    const [wrong] = rowIssues(variants, [becomes]);
    if (wrong?.path === "table[0]") {
      issues.push({ path: `branches.${name}`, text: `makes a row that ${wrong.text}` });
    }
    branchRecipe(branch, { ...recipe }, at("recipe"), issues);
  }
  return issues;
}
