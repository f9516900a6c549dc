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
import { ACTIVATIONS, modelSchema } from "./model_schema.ts";

/** What the official archive holds. */
const ARCHIVE: Amounts = { train: 50_000, test: 10_000 };

const share = number({ min: 0, max: 1 });
const batch = number(LIMITS.batch);
const iterations = number(LIMITS.iterations);
const restarts = number(LIMITS.restarts);
const epsilon = number(LIMITS.epsilon);
const trainImages = number(LIMITS.trainImages), testImages = number(LIMITS.testImages);
const heldOutImages = number({ ...LIMITS.trainImages, min: 1 });
const learningRate = number({ min: 0, max: 10 });

/** Training methods a table may list. */
export const METHODS = ["natural", "igr", "fgsm"] as const;

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

/** Precisions of convolutions; float32 where a profile names none. */
export const PRECISIONS = ["f32", "tf32", "bf16"] as const;

const all = "all there are";

const data = tagged("source", {
  synthetic: object({
    source: oneOf("synthetic"),
    name: text(/^synthetic-[a-z0-9-]+$/, "a name that starts with synthetic-"),
    train_images: trainImages,
    test_images: testImages,
    difficulty: optional(object({
      contrast: optional(share),
      noise: optional(share),
      clutter: optional(number({ min: 0, max: 1_000, integer: true })),
    })),
  }) as Schema<DataProfile>,
  folder: object({
    source: oneOf("folder"),
    name: text(/^[a-z0-9][a-z0-9-]*$/, "a name in lower case"),
    train_images: nullable(trainImages, all),
    test_images: nullable(testImages, all),
  }) as Schema<DataProfile>,
  archive: object({
    source: oneOf("archive"),
    name: oneOf("cifar10"),
    train_images: nullable(number({ ...LIMITS.trainImages, max: ARCHIVE.train }), all),
    test_images: nullable(number({ ...LIMITS.testImages, max: ARCHIVE.test }), all),
  }) as Schema<DataProfile>,
});

/** Where images come from and how many are taken. */
export interface DataProfile {
  readonly source: "synthetic" | "folder" | "archive";
  /** The name to report. */
  readonly name: string;
  readonly train_images: number | null;
  readonly test_images: number | null;
  readonly difficulty?: {
    readonly contrast?: number;
    readonly noise?: number;
    readonly clutter?: number;
  };
}

const schedule = tagged<"kind", Schedule>("kind", {
  one_cycle: object({ kind: oneOf("one_cycle"), learning_rate: learningRate, warmup: share }),
  piecewise: object({
    kind: oneOf("piecewise"),
    learning_rate: learningRate,
    milestones: list(share, { max: 100 }),
    factor: number({ min: 0, max: 10 }),
  }),
});

/** How the learning rate changes; milestones and warm-up are shares of the training. */
export type Schedule =
  | { readonly kind: "one_cycle"; readonly learning_rate: number; readonly warmup: number }
  | {
    readonly kind: "piecewise";
    readonly learning_rate: number;
    readonly milestones: readonly number[];
    readonly factor: number;
  };

const recipe = object({
  epochs: number(LIMITS.epochs),
  batch_size: batch,
  momentum: number({ min: 0, below: 1 }),
  nesterov: boolean,
  weight_decay: number({ min: 0, max: 1 }),
  schedule,
  augmentation: object({ crop_padding: number({ min: 0, max: 16, integer: true }), flip: boolean }),
  batch_norm: object({
    mode: oneOf("train", "eval"),
    momentum: number({ above: 0, max: 1 }),
    // second derivatives have its power of -5/2, which is to be a float32
    epsilon: number({ min: 1e-12, max: 1 }),
  }),
  held_out_images: heldOutImages,
  probe_images: heldOutImages,
  precision: optional(oneOf(...PRECISIONS)),
});

const methods = object({
  natural: optional(object({})),
  igr: optional(object({
    lambda: number({ min: 0, max: 10_000 }),
    epsilon,
    ramp_epochs: number({ ...LIMITS.epochs, min: 0 }),
  })),
  fgsm: optional(object({ epsilon, step_size: share, start: oneOf("zero", "random") })),
});

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
  data,
  model: modelSchema,
  recipe,
  methods,
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
 * @param there What the data has, where that is known: of the official archive it is
 */
export function disagreements(
  profile: ProfileContent,
  there: Amounts | undefined = profile.data.source === "archive" ? ARCHIVE : undefined,
): Issue[] {
  const { data, recipe, attacks, methods, table } = profile;
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
    const [method] = row.split("/") as [keyof typeof methods];
    if (methods[method] === undefined) {
      issues.push({
        path: `table[${index}]`,
        text: `is "${row}", expected a method with parameters under methods (${
          Object.keys(methods).join(", ")
        })`,
      });
    }
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
