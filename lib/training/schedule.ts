/** Learning rates by step. @module */

/** How the learning rate changes. */
export type Schedule =
  | {
    /** Linear from 0 to the peak over the first `warmup` share of all steps, then linear to 0. */
    readonly kind: "one_cycle";
    /** The peak. */
    readonly learning_rate: number;
    /** In (0, 1), for example 0.4. */
    readonly warmup: number;
  }
  | {
    /** Multiplied by `factor` at each milestone. */
    readonly kind: "piecewise";
    readonly learning_rate: number;
    /** Shares of all steps in ascending order, for example `[0.5, 0.75]`. */
    readonly milestones: readonly number[];
    readonly factor: number;
  }
  | {
    /**
     * One rate an epoch: linear from `warmup_learning_rate` over the first `warmup_epochs`, then half
     * a cosine over all epochs, of which the warm-up takes the place of the first (timm 1.0.9,
     * `CosineLRScheduler` with `warmup_prefix=False`).
     */
    readonly kind: "cosine";
    /** The peak. */
    readonly learning_rate: number;
    readonly warmup_epochs: number;
    /** Of the first epoch. */
    readonly warmup_learning_rate: number;
    /** Where the cosine would end. */
    readonly min_learning_rate: number;
  };

/**
 * The learning rate of a step.
 *
 * @param step From 0 to `steps - 1`
 * @param steps All steps of the training
 * @param epochs Epochs of the training, of equally many steps each
 */
export function learningRate(
  schedule: Schedule,
  step: number,
  steps: number,
  epochs: number,
): number {
  const share = step / steps;
  switch (schedule.kind) {
    case "one_cycle": {
      const { learning_rate: peak, warmup } = schedule;
      return share < warmup ? peak * share / warmup : peak * (1 - share) / (1 - warmup);
    }
    case "piecewise": {
      const passed = schedule.milestones.filter((milestone) => share >= milestone).length;
      return schedule.learning_rate * schedule.factor ** passed;
    }
    case "cosine": {
      const { learning_rate: peak, warmup_epochs, warmup_learning_rate: first } = schedule;
      const epoch = Math.floor(step / (steps / epochs)), { min_learning_rate: last } = schedule;
      return epoch < warmup_epochs
        ? first + epoch * (peak - first) / warmup_epochs
        : last + (peak - last) * (1 + Math.cos(Math.PI * epoch / epochs)) / 2;
    }
  }
}

/**
 * The share of a regulariser's weight that applies at a step: linear from 0 over the first
 * `rampSteps` steps, then 1.
 */
export const rampShare = (step: number, rampSteps: number): number =>
  step < rampSteps ? step / rampSteps : 1;
