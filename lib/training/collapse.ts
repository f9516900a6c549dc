/**
 * Catastrophic overfitting in a training's history: robustness to one step stays, that to several is
 * lost (Wong, Rice, Kolter, "Fast is better than free", 2020).
 *
 * The one criterion of tables, figures and early stopping. Early stopping asks whether a training is
 * collapsed at this epoch ({@linkcode collapse}), tables whether it has come back
 * ({@linkcode lastingCollapse}).
 *
 * @module
 */

/** An accuracy that has fallen below this share of its best is lost. */
const LOST = 1 / 2;

/** Accuracies at one time of a training, fractions; null where they were not finite. */
export interface Robustness {
  readonly clean_accuracy: number | null;
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
 * Finds the collapse of a training. PGD-10 accuracy is below half of FGSM accuracy, and either
 *
 * - it is below half of the best that it had before, while FGSM accuracy is not below half of its own
 *   best: robustness was there and is lost, or
 * - FGSM accuracy is above clean accuracy: what one step adds tells the class (label leaking; Kurakin,
 *   Goodfellow, Bengio, "Adversarial machine learning at scale", 2017). So a training is found that
 *   had no robustness yet when it collapsed.
 *
 * @param epochs In their order
 * @param classes What is no more than chance cannot be lost, and tells nothing
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
 * Whether robustness to several steps is back at the end: PGD-10 accuracy is at least half of FGSM
 * accuracy. A training that collapsed may end with a FGSM accuracy that tells nothing, below clean
 * accuracy or half of its own best, and still have lost the rest: only this counts as recovered.
 */
export function isRobustAgain(records: readonly Robustness[]): boolean {
  const last = records.findLast(({ pgd10_accuracy, fgsm_accuracy }) =>
    pgd10_accuracy !== null && fgsm_accuracy !== null
  );
  return last !== undefined && last.pgd10_accuracy! >= LOST * last.fgsm_accuracy!;
}

/** The collapse of a training as tables count it: recovered only if it {@linkcode isRobustAgain}. */
export function lastingCollapse(
  epochs: readonly (Robustness & { readonly epoch: number })[],
  classes: number,
): Collapse | null {
  const found = collapse(epochs, classes);
  return found && { epoch: found.epoch, recovered: isRobustAgain(epochs) };
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
  const chance = 1 / classes;
  let [pgd, fgsm] = [0, 0], first: Kept | undefined, collapsed = false;
  for (const record of records) {
    const { clean_accuracy, pgd10_accuracy, fgsm_accuracy } = record;
    if (pgd10_accuracy === null || fgsm_accuracy === null) continue;
    [pgd, fgsm] = [Math.max(pgd, pgd10_accuracy), Math.max(fgsm, fgsm_accuracy)];
    const lost = pgd > chance && pgd10_accuracy < LOST * pgd && fgsm_accuracy >= LOST * fgsm;
    const leaks = clean_accuracy !== null && fgsm_accuracy > Math.max(clean_accuracy, chance);
    collapsed = pgd10_accuracy < LOST * fgsm_accuracy && (lost || leaks);
    if (collapsed) first ??= record;
  }
  return first === undefined ? null : { first, recovered: !collapsed };
}
