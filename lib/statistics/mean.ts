import { studentQuantile } from "./student.ts";

/** The mean of numbers. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The variance of a sample, with n - 1; 0 of a single number. */
export function sampleVariance(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return squares / Math.max(1, values.length - 1);
}

/**
 * Half the width of the 95 % t interval of a mean: Student's quantile times the standard error.
 *
 * @param values A sample from a normal distribution
 * @returns `null` for a single number, which says nothing of how others would differ
 */
export function meanHalfWidth(values: readonly number[]): number | null {
  const { length } = values;
  if (length < 2) return null;
  return studentQuantile(0.05, length - 1) * Math.sqrt(sampleVariance(values) / length);
}
