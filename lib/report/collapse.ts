/**
 * Catastrophic overfitting in a training's history: robustness to one step stays, that to several is
 * lost (Wong, Rice, Kolter, "Fast is better than free", 2020).
 *
 * @module
 */
import type { Collapse, Epoch } from "./records.ts";

/** An accuracy that has fallen below this share of its best is lost. */
const LOST = 1 / 2;

/**
 * Finds the collapse of a training: PGD-10 accuracy is below half of the best it had before, while FGSM
 * accuracy is not below half of its own best.
 *
 * @param epochs In their order
 * @param classes A best of no more than chance is none that could be lost
 * @returns `null` where there is none
 */
export function collapse(epochs: readonly Epoch[], classes: number): Collapse | null {
  let [pgd, fgsm] = [0, 0], first: number | undefined, collapsed = false;
  for (const { epoch, pgd10_accuracy, fgsm_accuracy } of epochs) {
    if (pgd10_accuracy === null || fgsm_accuracy === null) continue;
    [pgd, fgsm] = [Math.max(pgd, pgd10_accuracy), Math.max(fgsm, fgsm_accuracy)];
    collapsed = pgd > 1 / classes && pgd10_accuracy < LOST * pgd && fgsm_accuracy >= LOST * fgsm;
    if (collapsed) first ??= epoch;
  }
  return first === undefined ? null : { epoch: first, recovered: !collapsed };
}
