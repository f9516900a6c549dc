import { curveSchema } from "../../lib/curve/setting.ts";
import { LIMITS } from "../../lib/limits.ts";
import { type Issue, list, number, object, optional, text } from "../../lib/schema.ts";
import { surfaceSchema } from "../../lib/surface/setting.ts";
import { theorySchema } from "../../lib/theory/setting.ts";
import { courseIssues } from "../../lib/training/course.ts";
import { type RecipeProfile, recipeSchema } from "../../lib/training/recipe.ts";
import { transferSchema } from "../../lib/transfer/setting.ts";
import { attacksSchema } from "./attack_schema.ts";
import { chosenData, profileData } from "./data_schema.ts";
import { branchesSchema, branchIssues } from "./branch_schema.ts";
import { METHODS, methodsSchema } from "./method_schema.ts";
import { modelSchema } from "./model_schema.ts";
import { readingIssues, readingsSchema } from "./readings_schema.ts";
import { settingsOf, startIssues } from "./row_setting.ts";
import { rowIssues, type Variants, variantsSchema } from "./variant_schema.ts";

const row = text(/^[^/]+\/[^/]+$/, "METHOD/ACTIVATION");

/** What a profile's file must look like. */
export const profileSchema = object({
  description: text(),
  seed: number(LIMITS.seed),
  seeds: number({ min: 1, max: 100, integer: true }),
  jobs: number(LIMITS.jobs),
  remote: optional(text(/./, "a folder or s3://bucket/prefix")),
  data: profileData,
  model: modelSchema,
  recipe: recipeSchema,
  methods: methodsSchema,
  variants: variantsSchema,
  table: list(row, { min: 1 }),
  branches: branchesSchema,
  readings: readingsSchema,
  attacks: attacksSchema,
  theory: optional(theorySchema),
  curve: optional(curveSchema),
  transfer: optional(transferSchema),
  surface: optional(surfaceSchema),
});

/** The content of a profile. */
export type ProfileContent = ReturnType<typeof profileSchema>;

/** Sections that a profile may leave out: what its models are measured for besides the table. */
const MEASURED = ["theory", "curve", "transfer", "surface"] as const;

/** What is wrong with the name of the row that trainings start from. */
function startNameIssues({ start }: RecipeProfile, variants: Variants, path: string): Issue[] {
  const names = [...METHODS, ...Object.keys(variants.methods)];
  if (!start || names.includes(start.method)) return [];
  const expected = `a method, ${names.join(", ")}`;
  const text = `is "${start.method}", expected ${expected}`;
  return [{ path: `${path}recipe.start.method`, text, expected }];
}

/** How many images there are. */
export interface Amounts {
  readonly train: number;
  readonly test: number;
}

/**
 * What a single key cannot show to be wrong: keys that must agree.
 *
 * @param there What the data has, where that is known: of an archive it is
 */
export function disagreements(
  profile: ProfileContent,
  there: Amounts | undefined = chosenData(profile.data).source.amounts,
): Issue[] {
  const { data, attacks, table, variants } = profile;
  const issues: Issue[] = [], settings = settingsOf(profile, issues);
  if (issues.length > 0) return issues;
  const [, , channels] = chosenData(data).set.image;
  const atMost = (path: string, value: number, limit: number | undefined, what: string) => {
    if (limit !== undefined && value > limit) {
      issues.push({ path, text: `is ${value}, expected at most ${limit} (${what})` });
    }
  };
  const [train, test] = [data.train_images ?? there?.train, data.test_images ?? there?.test];
  const all = (split: "train" | "test") =>
    data[`${split}_images`] !== null
      ? `data.${split}_images`
      : `all ${split === "train" ? "training" : "test"} images there are`;
  for (const { path, model } of settings) {
    for (const key of ["mean", "std"] as const) {
      if (model[key].length === channels) continue;
      const text = `is ${JSON.stringify(model[key])}, expected ${channels} values, one a channel`;
      issues.push({ path: `${path}model.${key}`, text });
    }
  }
  atMost("attacks.images", attacks.images, test, all("test"));
  for (const section of MEASURED) {
    const images = profile[section]?.images;
    if (images !== undefined) atMost(`${section}.images`, images, test, all("test"));
  }
  for (const { path, recipe } of settings) {
    const heldOut = `${path}recipe.held_out_images`;
    atMost(`${path}recipe.probe_images`, recipe.probe_images, recipe.held_out_images, heldOut);
    for (const issue of courseIssues(recipe)) {
      issues.push({ ...issue, path: `${path}recipe.${issue.path}` });
    }
    // one held-out image at least, then a batch at least
    if (train === undefined) continue;
    if (recipe.batch_size >= train) {
      const what = `${all("train")} less one`;
      atMost(`${path}recipe.batch_size`, recipe.batch_size, train - 1, what);
    } else {
      const what = `${all("train")} less a batch`;
      atMost(heldOut, recipe.held_out_images, train - recipe.batch_size, what);
    }
  }
  issues.push(
    ...rowIssues(variants, table),
    ...readingIssues(profile.readings, variants, table),
    ...settings.flatMap(({ path, recipe }) => startNameIssues(recipe, variants, path)),
    ...branchIssues(profile),
  );
  return issues.length > 0 ? issues : startIssues(profile, table);
}
