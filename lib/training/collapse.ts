/**
 * Catastrophic overfitting in a training's history: robustness to one step stays, that to several is
 * lost (Wong, Rice, Kolter, "Fast is better than free", 2020).
 *
 * The one criterion of tables, figures and early stopping.
 *
 * @module
 */

/** An accuracy that has fallen below this share of its best is lost. */
const LOST = 1 / 2;

/** Accuracies at one time of a training, fractions; null where they were not finite. */
export interface Robustness {
  readonly fgsm_accuracy: number | null;
  readonly pgd10_accuracy: number | null;
}

/** When a training lost all but its robustness to one step. */
export interface Collapse {
  /** The first epoch at whose end it had. */
  readonly epoch: number;
  /** Whether it had not at the end of the last. */
  readonly recovered: boolean;
}

/**
 * Finds the collapse of a training: PGD-10 accuracy is below half of the best it had before, while FGSM
 * accuracy is not below half of its own best.
 *
 * @param epochs In their order
 * @param classes A best of no more than chance is none that could be lost
 * @returns `null` where there is none
 */
export function collapse(
  epochs: readonly (Robustness & { readonly epoch: number })[],
  classes: number,
): Collapse | null {
  const found = collapsedRecord(epochs, classes);
  return found && { epoch: found.first.epoch, recovered: found.recovered };
}

/**
 * The first of some records at which a training has collapsed, by the criterion of
 * {@linkcode collapse}.
 *
 * @param records In their order, after epochs or between them
 */
export function collapsedRecord<Kept extends Robustness>(
  records: readonly Kept[],
  classes: number,
): { readonly first: Kept; readonly recovered: boolean } | null {
  let [pgd, fgsm] = [0, 0], first: Kept | undefined, collapsed = false;
  for (const record of records) {
    const { pgd10_accuracy, fgsm_accuracy } = record;
    if (pgd10_accuracy === null || fgsm_accuracy === null) continue;
    [pgd, fgsm] = [Math.max(pgd, pgd10_accuracy), Math.max(fgsm, fgsm_accuracy)];
    collapsed = pgd > 1 / classes && pgd10_accuracy < LOST * pgd && fgsm_accuracy >= LOST * fgsm;
    if (collapsed) first ??= record;
  }
  return first === undefined ? null : { first, recovered: !collapsed };
}
