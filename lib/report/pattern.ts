/** How near accuracies of some rows are to the paper's, as a pattern and as numbers. @module */
import { kendallTau, mean } from "../statistics/mod.ts";

/** A pattern beside the paper's; in percentage points but for `tau`. */
export interface Pattern {
  /**
   * Root mean square difference from the paper's numbers when the mean of either is taken out: what
   * is left of `rms` without a level that all rows share.
   */
  readonly distance: number;
  /** Root mean square difference from the paper's numbers. */
  readonly rms: number;
  /** Kendall's tau-b with the paper's numbers; `null` where all rows are equal. */
  readonly tau: number | null;
  /** Mean of the rows whose activation has no kink less that of the others; `null` without either. */
  readonly gap: number | null;
}

const rootMeanSquare = (values: readonly number[]) =>
  Math.sqrt(mean(values.map((value) => value ** 2)));

/** The same numbers, with a mean of 0. */
function centred(values: readonly number[]): number[] {
  const centre = mean(values);
  return values.map((value) => value - centre);
}

/**
 * Measures a pattern.
 *
 * @param here Accuracies in percent
 * @param paper The paper's, of the same rows
 * @param smooth Whether the activation of each has no kink
 */
export function patternOf(
  here: readonly number[],
  paper: readonly number[],
  smooth: readonly boolean[],
): Pattern {
  const differences = here.map((value, i) => value - paper[i]);
  return {
    distance: distanceOf(here, paper),
    rms: rootMeanSquare(differences),
    tau: kendallTau(here, paper),
    gap: gapOf(here, smooth),
  };
}

/** {@linkcode Pattern.distance} alone. */
export const distanceOf = (here: readonly number[], paper: readonly number[]): number =>
  rootMeanSquare(centred(here.map((value, i) => value - paper[i])));

/** {@linkcode Pattern.gap} alone. */
export function gapOf(here: readonly number[], smooth: readonly boolean[]): number | null {
  const of = (which: boolean) => here.filter((_, i) => smooth[i] === which);
  const [without, others] = [of(true), of(false)];
  return without.length === 0 || others.length === 0 ? null : mean(without) - mean(others);
}
