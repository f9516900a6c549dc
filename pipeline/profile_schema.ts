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
} from "./schema.ts";

const count = number({ min: 1, integer: true });
const share = number({ min: 0, max: 1 });
const positive = number({ above: 0 });
const notNegative = number({ min: 0 });
const channels = list(number({ min: 0, max: 1 }), { min: 3, max: 3 });

/** Activations a network may have. */
export const ACTIVATIONS = ["relu", "prelu", "gelu", "softplus"] as const;

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

const wanted = nullable(count, "all there are");

const data = tagged("source", {
  synthetic: object({
    source: oneOf("synthetic"),
    name: text(/^synthetic-[a-z0-9-]+$/, "a name that starts with synthetic-"),
    train_images: count,
    test_images: count,
    difficulty: optional(object({
      contrast: optional(share),
      noise: optional(share),
      clutter: optional(number({ min: 0, integer: true })),
    })),
  }) as Schema<DataProfile>,
  folder: object({
    source: oneOf("folder"),
    name: text(/^[a-z0-9][a-z0-9-]*$/, "a name in lower case"),
    train_images: wanted,
    test_images: wanted,
  }) as Schema<DataProfile>,
  archive: object({
    source: oneOf("archive"),
    name: oneOf("cifar10"),
    train_images: wanted,
    test_images: wanted,
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
  one_cycle: object({ kind: oneOf("one_cycle"), learning_rate: positive, warmup: share }),
  piecewise: object({
    kind: oneOf("piecewise"),
    learning_rate: positive,
    milestones: list(share),
    factor: positive,
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
  epochs: count,
  batch_size: count,
  momentum: number({ min: 0, below: 1 }),
  nesterov: boolean,
  weight_decay: notNegative,
  schedule,
  augmentation: object({ crop_padding: number({ min: 0, max: 16, integer: true }), flip: boolean }),
  batch_norm: object({
    mode: oneOf("train", "eval"),
    momentum: number({ above: 0, max: 1 }),
    epsilon: positive,
  }),
  held_out_images: count,
  probe_images: count,
  precision: optional(oneOf(...PRECISIONS)),
});

const methods = object({
  natural: optional(object({})),
  igr: optional(object({
    lambda: notNegative,
    epsilon: share,
    ramp_epochs: number({ min: 0, integer: true }),
  })),
  fgsm: optional(object({ epsilon: share, step_size: share, start: oneOf("zero", "random") })),
});

const attacks = object({
  images: count,
  batch_size: count,
  epsilon: share,
  search_precision: optional(oneOf(...PRECISIONS)),
  pgd50: object({
    steps: count,
    step_size: number({ above: 0, max: 1 }),
    random_start: boolean,
    restarts: count,
    keep: oneOf("last", "best"),
  }),
  autoattack: object({
    version: oneOf(...VERSIONS),
    attacks: optional(list(oneOf(...AUTOATTACK_MEMBERS), { min: 1 })),
    apgd_iterations: count,
    apgd_targets: number({ min: 1, max: 9, integer: true }),
    fab_iterations: count,
    fab_targets: number({ min: 1, max: 9, integer: true }),
    square_queries: count,
    restarts: optional(count),
    eot: optional(count),
  }),
});

const row = text(
  new RegExp(`^(${METHODS.join("|")})/(${ACTIVATIONS.join("|")})$`),
  `METHOD/ACTIVATION with METHOD ${METHODS.join(", ")} and ACTIVATION ${ACTIVATIONS.join(", ")}`,
);

/** What a profile's file must look like. */
export const profileSchema = object({
  description: text(),
  seed: number({ min: 0, integer: true }),
  seeds: number({ min: 1, max: 100, integer: true }),
  jobs: number({ min: 1, max: 9999, integer: true }),
  data,
  model: object({
    width: number({ min: 1, max: 1024, integer: true }),
    softplus_beta: positive,
    mean: channels,
    std: list(number({ above: 0, max: 1 }), { min: 3, max: 3 }),
  }),
  recipe,
  methods,
  table: list(row, { min: 1 }),
  attacks,
});

/** The content of a profile. */
export type ProfileContent = ReturnType<typeof profileSchema>;

/** What a single key cannot show to be wrong: keys that must agree. */
export function disagreements(profile: ProfileContent): Issue[] {
  const { data, recipe, attacks, methods, table } = profile;
  const issues: Issue[] = [];
  const atMost = (path: string, value: number, limit: number | null, what: string) => {
    if (limit !== null && value > limit) {
      issues.push({ path, text: `is ${value}, expected at most ${limit} (${what})` });
    }
  };
  atMost("attacks.images", attacks.images, data.test_images, "data.test_images");
  atMost(
    "recipe.probe_images",
    recipe.probe_images,
    recipe.held_out_images,
    "recipe.held_out_images",
  );
  if (data.train_images !== null) {
    const most = data.train_images - recipe.batch_size;
    atMost(
      "recipe.held_out_images",
      recipe.held_out_images,
      most,
      "data.train_images less a batch",
    );
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
