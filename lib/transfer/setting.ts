/** What a transfer matrix is made with. @module */
import { LIMITS } from "../limits.ts";
import { number, object, optional, type Schema } from "../schema.ts";

/** The section `transfer` of a profile. */
export interface TransferSection {
  /** How many of the first test images. */
  readonly images: number;
  /** Steps of PGD on the model that examples are made on. */
  readonly steps: number;
  /** Radius of all examples, `attacks.epsilon` by default. */
  readonly epsilon?: number;
  /** Images computed together, those of attacks by default. */
  readonly batch_size?: number;
}

/** The section as a profile writes it. */
export const transferSchema: Schema<TransferSection> = object({
  images: number(LIMITS.attackedImages),
  steps: number(LIMITS.iterations),
  epsilon: optional(number(LIMITS.epsilon)),
  batch_size: optional(number(LIMITS.batch)),
});
