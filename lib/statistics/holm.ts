/**
 * Holm's step-down adjustment for several tests (Holm 1979): whoever calls a difference real where the
 * adjusted value is below 0.05 errs in any of them with probability at most 0.05, however the tests
 * depend on each other.
 *
 * @param values Each test's p
 * @returns Adjusted, in the same order
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const adjusted = new Array<number>(values.length);
  let floor = 0;
  order.forEach((i, rank) => {
    floor = Math.max(floor, Math.min(1, (values.length - rank) * values[i]));
    adjusted[i] = floor;
  });
  return adjusted;
}
