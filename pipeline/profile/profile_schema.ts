import { LIMITS } from "../../lib/limits.ts";
import {
  boolean,
  type Issue,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  type Schema,
  tagged,
  text,
} from "../../lib/schema.ts";
import { PRECISIONS, recipeSchema } from "../../lib/training/recipe.ts";
import { chosenData, profileData } from "./data_schema.ts";
import { METHODS, methodsSchema } from "./method_schema.ts";
import { ACTIVATIONS, modelSchema } from "./model_schema.ts";

const batch = number(LIMITS.batch);
const iterations = number(LIMITS.iterations);
const restarts = number(LIMITS.restarts);
const epsilon = number(LIMITS.epsilon);
/** Attacks, in the order of the table's columns. */
export const ATTACKS = ["pgd50", "autoattack"] as const;

/** Versions of AutoAttack; `custom` takes the list `attacks`. */
export const VERSIONS = ["standard", "plus", "rand", "custom"] as const;

/** Attacks that a version of AutoAttack may consist of. */
export const AUTOATTACK_MEMBERS = [
  "apgd-ce",
  "apgd-dlr",
  "apgd-t",
  "fab",
  "fab-t",
  "square",
] as const;

const attacks = object({
  images: number(LIMITS.attackedImages),
  batch_size: batch,
  epsilon,
  search_precision: optional(oneOf(...PRECISIONS)),
  pgd50: object({
    steps: iterations,
    step_size: number(LIMITS.stepSize),
    random_start: boolean,
    restarts,
    keep: oneOf("last", "best"),
  }),
  autoattack: object({
    version: oneOf(...VERSIONS),
    attacks: optional(list(oneOf(...AUTOATTACK_MEMBERS), { min: 1 })),
    apgd_iterations: iterations,
    apgd_targets: number({ min: 1, max: 9, integer: true }),
    fab_iterations: iterations,
    fab_targets: number({ min: 1, max: 9, integer: true }),
    square_queries: number(LIMITS.queries),
    restarts: optional(restarts),
    eot: optional(restarts),
  }),
});

const row = text(
  new RegExp(`^(${METHODS.join("|")})/(${ACTIVATIONS.join("|")})$`),
  `METHOD/ACTIVATION with METHOD ${METHODS.join(", ")} and ACTIVATION ${ACTIVATIONS.join(", ")}`,
);

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
  table: list(row, { min: 1 }),
  attacks,
});

/** The content of a profile. */
export type ProfileContent = ReturnType<typeof profileSchema>;

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
  const { data, recipe, attacks, table } = profile;
  const issues: Issue[] = [];
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
  issues.push(...autoAttackIssues(attacks.autoattack));
  table.forEach((row, index) => {
    if (table.indexOf(row) !== index) {
      issues.push({ path: `table[${index}]`, text: `is "${row}", expected each row once` });
    }
  });
  return issues;
}

/** A list of attacks makes the version `custom`, and has each attack once. */
function autoAttackIssues({ version, attacks }: ProfileContent["attacks"]["autoattack"]): Issue[] {
  const path = "attacks.autoattack.attacks";
  if (version === "custom" && attacks === undefined) {
    return [{ path, text: "is missing, expected the list of attacks of version custom" }];
  }
  if (version !== "custom" && attacks !== undefined) {
    return [{
      path,
      text: `is ${JSON.stringify(attacks)}, expected none: version ${version} has its own`,
    }];
  }
  const again = (attacks ?? []).findIndex((name, index) => attacks!.indexOf(name) !== index);
  return again < 0 ? [] : [{
    path: `${path}[${again}]`,
    text: `is "${attacks![again]}", expected each attack once`,
  }];
}
