/** A confidence interval of a share, both ends in [0, 1]. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/**
 * The Wilson score interval at 95 % of `share` seen among `count` images: unlike the normal
 * approximation it stays in [0, 1] and keeps a width at shares of 0 and 1.
 *
 * @throws {RangeError} If `count` is not a positive whole number or `share` is outside [0, 1]
 */
export function wilsonInterval(share: number, count: number): Interval {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot compute a confidence interval: count ${count}, expected a positive whole number`,
    );
  }
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(
      `Cannot compute a confidence interval: share ${share}, expected a number from 0 to 1`,
    );
  }
  const squared = Z * Z / count;
  const centre = share + squared / 2;
  const spread = Z * Math.sqrt(share * (1 - share) / count + squared / (4 * count));
  return {
    low: Math.max(0, (centre - spread) / (1 + squared)),
    high: Math.min(1, (centre + spread) / (1 + squared)),
  };
}
