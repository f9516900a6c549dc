/** What a training setting says besides its method and its network. @module */
import type { Precision } from "../engines/engine.ts";
import { LIMITS } from "../limits.ts";
import { boolean, list, number, object, oneOf, optional, type Schema, tagged } from "../schema.ts";
import type { Augmentation } from "./augmentation.ts";
import type { Schedule } from "./schedule.ts";
import type { OptimizerOptions } from "./optimizer.ts";

/** A training setting without its optimiser. */
interface CommonRecipe {
  readonly epochs: number;
  readonly batch_size: number;
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

const share = number({ min: 0, max: 1 });
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
});

const length = { epochs: number(LIMITS.epochs), batch_size: number(LIMITS.batch) };

const common = {
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
