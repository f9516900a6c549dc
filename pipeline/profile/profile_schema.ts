import { LIMITS } from "../../lib/limits.ts";
import { type Issue, list, number, object, text } from "../../lib/schema.ts";
import { courseIssues } from "../../lib/training/course.ts";
import { recipeSchema } from "../../lib/training/recipe.ts";
import { attacksSchema } from "./attack_schema.ts";
import { chosenData, profileData } from "./data_schema.ts";
import { branchesSchema, branchIssues } from "./branch_schema.ts";
import { METHODS, methodsSchema } from "./method_schema.ts";
import { modelSchema } from "./model_schema.ts";
import { rowIssues, variantsSchema } from "./variant_schema.ts";

const row = text(/^[^/]+\/[^/]+$/, "METHOD/ACTIVATION");

/** What a profile's file must look like. */
export const profileSchema = object({
  description: text(),
  seed: number(LIMITS.seed),
  seeds: number({ min: 1, max: 100, integer: true }),
  jobs: number(LIMITS.jobs),
  data: profileData,
  model: modelSchema,
  recipe: recipeSchema,
  methods: methodsSchema,
  variants: variantsSchema,
  table: list(row, { min: 1 }),
  branches: branchesSchema,
  attacks: attacksSchema,
});

/** The content of a profile. */
export type ProfileContent = ReturnType<typeof profileSchema>;

/** What is wrong with the row that trainings start from. */
function startIssues({ recipe: { start }, variants }: ProfileContent): Issue[] {
  const names = [...METHODS, ...Object.keys(variants.methods)];
  if (!start || names.includes(start.method)) return [];
  const expected = `a method, ${names.join(", ")}`;
  const text = `is "${start.method}", expected ${expected}`;
  return [{ path: "recipe.start.method", text, expected }];
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
  const { data, model, recipe, attacks, table } = profile;
  const issues: Issue[] = [], [, , channels] = chosenData(data).set.image;
  for (const key of ["mean", "std"] as const) {
    if (model[key].length === channels) continue;
    const text = `is ${JSON.stringify(model[key])}, expected ${channels} values, one a channel`;
    issues.push({ path: `model.${key}`, text });
  }
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
  atMost("attacks.images", attacks.images, test, all("test"));
  atMost(
    "recipe.probe_images",
    recipe.probe_images,
    recipe.held_out_images,
    "recipe.held_out_images",
  );
  if (train !== undefined) {
    // one held-out image at least, then a batch at least
    if (recipe.batch_size >= train) {
      atMost("recipe.batch_size", recipe.batch_size, train - 1, `${all("train")} less one`);
    } else {
      atMost(
        "recipe.held_out_images",
        recipe.held_out_images,
        train - recipe.batch_size,
        `${all("train")} less a batch`,
      );
    }
  }
  const course = courseIssues(recipe).map((issue) => ({ ...issue, path: `recipe.${issue.path}` }));
  return [
    ...issues,
    ...course,
    ...rowIssues(profile.variants, table),
    ...startIssues(profile),
    ...branchIssues(profile),
  ];
}
