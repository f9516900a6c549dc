/**
 * The attacks that Auto-PGD is used in (Croce & Hein 2020): on the cross-entropy, on the difference
 * of logits ratio, and on its targeted form. How one run goes is in `apgd_run.ts`.
 *
 * @module
 */
import { stream } from "../random/philox.ts";
import { apgd, type ApgdState, startApgd } from "./apgd_run.ts";
import { targetOrder } from "./logits.ts";
import type { Attack, Loss } from "./attack.ts";

/** How APGD is run. */
export interface ApgdSettings {
  readonly iterations: number;
  /** Runs an image gets from different starts until one fools the model; 1 by default. */
  readonly restarts?: number;
  /**
   * Gradients averaged at each point (expectation over transformation, Athalye et al. 2018), for
   * models that answer at random; 1 by default. Loss and verdict are those of the last evaluation,
   * as in the reference implementation.
   */
  readonly eot?: number;
}

/** APGD on the cross-entropy. */
export function apgdCrossEntropy(
  settings: ApgdSettings,
  epsilon: number,
  seed: bigint | number,
): Attack<ApgdState> {
  return untargeted("apgd-ce", "cross_entropy", settings, epsilon, seed);
}

/** APGD on the difference of logits ratio (Croce & Hein 2020, equation 6). */
export function apgdDlr(
  settings: ApgdSettings,
  classes: number,
  epsilon: number,
  seed: bigint | number,
): Attack<ApgdState> {
  if (classes < 3) {
    throw new RangeError(
      `Cannot run apgd-dlr on ${classes} classes: the DLR loss needs at least 3`,
    );
  }
  return untargeted("apgd-dlr", "dlr", settings, epsilon, seed);
}

function untargeted(
  name: string,
  loss: Loss,
  { iterations, restarts = 1, eot = 1 }: ApgdSettings,
  epsilon: number,
  seed: bigint | number,
): Attack<ApgdState> {
  return {
    name,
    variants: restarts,
    ...apgd({ iterations, eot, loss }),
    cost: 3 * eot * restarts * (iterations + 1),
    start: (sample, restart) =>
      startApgd(sample.image, epsilon, stream(seed, name, restart, sample.index).uniform, {
        iterations,
      }),
  };
}

/**
 * APGD on the targeted DLR loss, once for each of the highest classes of the clean image besides
 * the label. Any misclassification counts, not only as the target.
 *
 * @param targets Number of target classes; all others where there are fewer
 */
export function apgdTargeted(
  { iterations, eot = 1 }: ApgdSettings,
  targets: number,
  classes: number,
  epsilon: number,
  seed: bigint | number,
): Attack<ApgdState> {
  const name = "apgd-t", variants = Math.min(targets, classes - 1);
  if (classes < 4) {
    throw new RangeError(
      `Cannot run ${name} on ${classes} classes: the targeted DLR loss needs at least 4`,
    );
  }
  return {
    name,
    variants,
    ...apgd({ iterations, eot, loss: "targeted_dlr" }),
    cost: 3 * eot * variants * (iterations + 1),
    start: (sample, variant) =>
      startApgd(sample.image, epsilon, stream(seed, name, variant, sample.index).uniform, {
        iterations,
        target: targetOrder(sample.logits, sample.label)[variant],
      }),
  };
}
