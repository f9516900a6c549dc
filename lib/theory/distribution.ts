/** Distributions over images. @module */

/** Quantiles of some numbers, linear between neighbours as NumPy has them. */
export interface Distribution {
  readonly min: number;
  readonly q05: number;
  readonly q25: number;
  readonly q50: number;
  readonly q75: number;
  readonly q95: number;
  readonly max: number;
  readonly mean: number;
  /** Share below 0. */
  readonly negative: number;
}

/**
 * The distribution of some numbers.
 *
 * @throws {RangeError} If there are none
 */
export function distribution(values: readonly number[]): Distribution {
  if (values.length === 0) throw new RangeError("Cannot take quantiles of no numbers");
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1), below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  };
  return {
    ...{ min: at(0), q05: at(0.05), q25: at(0.25), q50: at(0.5), q75: at(0.75), q95: at(0.95) },
    max: at(1),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    negative: values.filter((value) => value < 0).length / values.length,
  };
}

/** The distribution of some numbers, `null` where there are none. */
export const orNull = (values: readonly number[]): Distribution | null =>
  values.length === 0 ? null : distribution(values);
