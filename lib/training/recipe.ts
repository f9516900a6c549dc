/** How a model is trained. @module */
import type { Precision } from "../engines/engine.ts";
import type { Augmentation } from "./augmentation.ts";
import type { Schedule } from "./schedule.ts";
import type { SgdOptions } from "./sgd.ts";

/** A training setting. */
export interface Recipe extends SgdOptions {
  readonly epochs: number;
  readonly batch_size: number;
  readonly schedule: Schedule;
  readonly augmentation: Augmentation;
  readonly batch_norm: { readonly mode: "train" | "eval"; readonly momentum: number };
  readonly probe_images: number;
  /** Of the training steps' convolutions; what is measured after an epoch is float32. */
  readonly precision?: Precision;
}
