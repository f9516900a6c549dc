/**
 * Student's t distribution: its tails by the regularised incomplete beta function, and the quantiles
 * of intervals.
 *
 * @module
 */
import { incompleteBeta } from "./incomplete_beta.ts";

/** With more degrees of freedom, t differs from the normal distribution by less than rounding does. */
const NORMAL = 1e6;

/**
 * The probability that |t| is at least `t` (Abramowitz and Stegun 26.7.1 with 26.5.27).
 *
 * @param freedom Degrees of freedom, above 0; need not be whole, may be infinite
 * @throws {RangeError} If `freedom` is not above 0
 */
export function studentTails(t: number, freedom: number): number {
  if (!(freedom > 0)) {
    throw new RangeError(
      `Cannot compute Student's t: freedom ${freedom}, expected a number above 0`,
    );
  }
  if (Math.abs(t) === Infinity) return 0;
  const known = Math.min(freedom, NORMAL);
  return incompleteBeta(known / (known + t * t), known / 2, 1 / 2);
}

/**
 * The t that |t| reaches with probability `tails`: with `tails` 0.05, half the width of a 95 %
 * interval in standard errors.
 *
 * @param tails Above 0, at most 1
 * @param freedom As in {@linkcode studentTails}
 * @throws {RangeError} If `tails` or `freedom` is out of range
 */
export function studentQuantile(tails: number, freedom: number): number {
  if (!(tails > 0 && tails <= 1)) {
    throw new RangeError(
      `Cannot compute a quantile of Student's t: tails ${tails}, expected a number above 0 and at most 1`,
    );
  }
  let low = 0, high = 1;
  while (studentTails(high, freedom) > tails) [low, high] = [high, 2 * high];
  // the tails fall from end to end, so halving ends at neighbouring numbers
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (studentTails(middle, freedom) > tails) low = middle;
    else high = middle;
  }
}
