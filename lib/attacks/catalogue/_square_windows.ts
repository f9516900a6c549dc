/** How large the windows of Square are. @module */

/** Share of the pixels that the first windows cover. */
const initialShare = 0.8;
/** Iterations after which the share halves. */
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
/** Queries for which AutoAttack uses `halvings` as they are. */
const standardQueries = 5000;

/** How long a schedule of windows is. */
export interface WindowSchedule {
  /** Evaluations after the first. */
  readonly queries: number;
  /**
   * Whether the schedule of window sizes is stretched from 10,000 to `queries` iterations; by
   * default only for another number than AutoAttack's 5,000, as its authors advise.
   */
  readonly rescale_schedule?: boolean;
}

/** Side of the window at an iteration, counted from 0, in pixels. */
export function windowSide(
  iteration: number,
  height: number,
  width: number,
  { queries, rescale_schedule = queries !== standardQueries }: WindowSchedule,
): number {
  const at = rescale_schedule ? Math.trunc(iteration / queries * 10000) : iteration;
  const share = initialShare / 2 ** halvings.filter((threshold) => at > threshold).length;
  const side = Math.round(Math.sqrt(share * height * width));
  return Math.max(1, Math.min(side, height, width));
}
