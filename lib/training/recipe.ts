/** What a training setting says besides its method and its network. @module */
import type { Precision } from "../engines/engine.ts";
import { LIMITS } from "../limits.ts";
import {
  boolean,
  list,
  number,
  object,
  oneOf,
  optional,
  type Schema,
  tagged,
  text,
  withDefaults,
} from "../schema.ts";
import type { Augmentation } from "./augmentation.ts";
import { type Course, courseKeys } from "./course.ts";
import type { Schedule } from "./schedule.ts";
import type { OptimizerOptions } from "./optimizer.ts";
import type { StepRecipe } from "./step_recipe.ts";

/**
 * Training from another row's model: that of the method and of the same activation. It is trained by the
 * same recipe without `start`, `evaluate`, `gradient_clip` and `weight_average`, and with these keys.
 */
export interface Start {
  readonly method: string;
  readonly epochs?: number;
  readonly stop_after?: number;
  readonly batch_norm_mode?: "train" | "eval";
}

/** A training setting without its optimiser. */
interface CommonRecipe extends StepRecipe, Course {
  readonly epochs: number;
  readonly batch_size: number;
  /**
   * Which epoch's model results: the last, or the first of those with the highest PGD-10 accuracy on the
   * held-out images (Rice, Wong, Kolter 2020).
   */
  readonly evaluate?: "last" | "best";
  /** The model that the training goes on from, a row's of another method; a random one without it. */
  readonly start?: Start;
  readonly schedule: Schedule;
  readonly augmentation: Augmentation;
  readonly batch_norm: {
    /** `train`: batch statistics; `eval`: frozen running statistics (Rodriguez-Munoz et al. 2024). */
    readonly mode: "train" | "eval";
    /** Weight of the newest batch in the running statistics, PyTorch's `momentum`. */
    readonly momentum: number;
  };
  readonly probe_images: number;
  /** Of the training steps' convolutions; what is measured after an epoch is float32. */
  readonly precision?: Precision;
}

/** A training setting; the optimiser is SGD where none is named. */
export type Recipe = CommonRecipe & OptimizerOptions;

/** Precisions of convolutions; float32 where none is named. */
export const PRECISIONS = ["f32", "tf32", "bf16"] as const;

const share = number({ min: 0, max: 1 }), alpha = { min: 0, max: 1000 };
const learningRate = number({ min: 0, max: 10 });
const heldOutImages = number({ ...LIMITS.trainImages, min: 1 });

const schedule = tagged<"kind", Schedule>("kind", {
  one_cycle: object({ kind: oneOf("one_cycle"), learning_rate: learningRate, warmup: share }),
  piecewise: object({
    kind: oneOf("piecewise"),
    learning_rate: learningRate,
    milestones: list(share, { max: 100 }),
    factor: number({ min: 0, max: 10 }),
  }),
  cosine: object({
    kind: oneOf("cosine"),
    learning_rate: learningRate,
    warmup_epochs: number({ ...LIMITS.epochs, min: 0 }),
    warmup_learning_rate: learningRate,
    min_learning_rate: learningRate,
  }),
});

const ratio = number({ min: 0.01, max: 100 });

const augmentation = object({
  crop_padding: number({ min: 0, max: 16, integer: true }),
  flip: boolean,
  random_resized_crop: optional(withDefaults(
    object({ min_scale: share, max_scale: share, min_ratio: ratio, max_ratio: ratio }),
    { min_scale: 0.08, max_scale: 1, min_ratio: 3 / 4, max_ratio: 4 / 3 },
  )),
  rand_augment: optional(withDefaults(
    object({
      operations: number({ min: 0, max: 16, integer: true }),
      probability: share,
      magnitude: number({ min: 0, max: 10 }),
      magnitude_deviation: number({ min: 0, max: 10 }),
    }),
    { operations: 2, probability: 0.5, magnitude: 9, magnitude_deviation: 0.5 },
  )),
  random_erasing: optional(withDefaults(object({ probability: share }), { probability: 0.25 })),
});

const epochs = number(LIMITS.epochs), batchNormMode = oneOf("train", "eval");

const length = { epochs, batch_size: number(LIMITS.batch) };

const common = {
  weight_decay: number({ min: 0, max: 1 }),
  schedule,
  augmentation,
  batch_norm: object({
    mode: batchNormMode,
    momentum: number({ above: 0, max: 1 }),
    // second derivatives have its power of -5/2, which is to be a float32
    epsilon: number({ min: 1e-12, max: 1 }),
  }),
  held_out_images: heldOutImages,
  probe_images: heldOutImages,
  precision: optional(oneOf(...PRECISIONS)),
  start: optional(withDefaults(
    object({
      method: text(/^[a-z][a-z0-9-]*$/, "the method of a row"),
      epochs: optional(epochs),
      stop_after: optional(epochs),
      batch_norm_mode: optional(batchNormMode),
    }),
    { method: "natural" },
  )),
  ...courseKeys,
  evaluate: optional(oneOf("last", "best")),
  weight_decay_on: optional(oneOf("all", "kernels")),
  gradient_clip: optional(number({ above: 0, max: 1e6 })),
  weight_average: optional(object({ decay: number({ min: 0, below: 1 }) })),
  label_smoothing: optional(number({ min: 0, below: 1 })),
  mixing: optional(withDefaults(
    object({
      mixup_alpha: number(alpha),
      cutmix_alpha: number(alpha),
      probability: share,
      switch_probability: share,
    }),
    { mixup_alpha: 0, cutmix_alpha: 0, probability: 1, switch_probability: 0.5 },
  )),
};

/** A {@linkcode Recipe} and what the data and the network take of it. */
export type RecipeProfile = Recipe & {
  readonly held_out_images: number;
  readonly batch_norm: { readonly epsilon: number };
};

const sgdRecipe = object({
  ...length,
  momentum: number({ min: 0, below: 1 }),
  nesterov: boolean,
  ...common,
  optimizer: optional(oneOf("sgd")),
});
const adamRecipe = object({
  ...length,
  ...common,
  optimizer: oneOf("adam", "adamw"),
  beta1: number({ min: 0, below: 1 }),
  beta2: number({ min: 0, below: 1 }),
  adam_epsilon: number({ min: 1e-12, max: 1 }),
});

/** Schema of a profile's `recipe`. */
export const recipeSchema: Schema<RecipeProfile> = tagged<"optimizer", RecipeProfile>(
  "optimizer",
  { sgd: sgdRecipe, adam: adamRecipe, adamw: adamRecipe },
  "sgd",
);
