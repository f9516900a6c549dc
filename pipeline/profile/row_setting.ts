/**
 * How the rows of a profile are trained: its `recipe` and its `model`, with what a variant of a method
 * has in the place of some of their keys.
 *
 * @module
 */
import type { Issue } from "../../lib/schema.ts";
import { type RecipeProfile, recipeSchema } from "../../lib/training/recipe.ts";
import { canonicalJson, type Json } from "../store/canonical.ts";
import { changedModel, type ModelProfile } from "./model_schema.ts";
import { recipeParameters } from "./recipe_parameters.ts";
import { merged } from "./recipe_presets.ts";
import type { Variants } from "./variant_schema.ts";

/** What rows are trained by, as far as methods change it. */
export interface Shared {
  readonly recipe: RecipeProfile;
  readonly model: ModelProfile;
  readonly variants: Variants;
}

/** How the training of a row is set. */
export interface RowSetting {
  readonly recipe: RecipeProfile;
  readonly model: ModelProfile;
  /** Whether it is what others start from. */
  readonly isStart: boolean;
}

/** A setting with what a method changes. */
function changedBy<S extends Pick<Shared, "recipe" | "model">>(
  { recipe, model }: S,
  variants: Variants,
  method: string,
  issues: Issue[],
): Pick<Shared, "recipe" | "model"> {
  const path = `variants.methods.${method}`, changes = variants.methods[method];
  return {
    recipe: changes?.recipe === undefined ? recipe : recipeSchema(
      merged({ ...recipe } as Readonly<Record<string, unknown>>, changes.recipe),
      `${path}.recipe`,
      issues,
    ),
    model: changes?.model === undefined
      ? model
      : changedModel(model, changes.model, `${path}.model`, issues),
  };
}

/**
 * The setting of a row, or of the training that a row starts from: that has the setting of the row, with
 * the changes of its own method.
 *
 * @param startOf The method of the row that starts from it
 */
export function rowSetting(shared: Shared, method: string, startOf?: string): RowSetting {
  const { variants } = shared;
  const over = startOf === undefined ? shared : changedBy(shared, variants, startOf, []);
  const own = changedBy(over, variants, method, []);
  return { ...own, isStart: startOf !== undefined || own.recipe.start?.method === method };
}

/** Each setting that a profile has, with the path at which it is written; the profile's own is first. */
export function settingsOf(
  shared: Shared,
  issues: Issue[],
): (Pick<Shared, "recipe" | "model"> & { readonly path: string })[] {
  const { recipe, model, variants } = shared;
  const changed = Object.keys(variants.methods)
    .filter((name) => variants.methods[name].recipe ?? variants.methods[name].model)
    .map((name) => ({
      path: `variants.methods.${name}.`,
      ...changedBy(shared, variants, name, issues),
    }));
  return [{ path: "", recipe, model }, ...changed];
}

/** What is wrong where rows start from the same row, or a row of the table, trained in two ways. */
export function startIssues(shared: Shared, table: readonly string[]): Issue[] {
  const issues: Issue[] = [], known = new Map<string, string>();
  const told = ({ recipe, model, isStart }: RowSetting) =>
    canonicalJson(JSON.parse(JSON.stringify([recipeParameters(recipe, isStart), model])) as Json);
  for (const row of table) known.set(row, told(rowSetting(shared, row.split("/")[0])));
  for (const row of table) {
    const [method, activation] = row.split("/");
    const { recipe: { start }, isStart } = rowSetting(shared, method);
    if (!start || isStart) continue;
    const from = `${start.method}/${activation}`;
    const setting = told(rowSetting(shared, start.method, method));
    if ((known.get(from) ?? setting) === setting) known.set(from, setting);
    else {
      const own = shared.variants.methods[method]?.recipe?.start !== undefined;
      const path = own ? `variants.methods.${method}.recipe.start.method` : "recipe.start.method";
      const expected = `a variant of its own for ${method}: another row trains ${from} otherwise`;
      issues.push({ path, text: `is "${start.method}", expected ${expected}`, expected });
    }
  }
  return issues;
}
