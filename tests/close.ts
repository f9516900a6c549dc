/** Comparing arrays of numbers by norm. @module */
import { assert } from "@std/assert";

/**
 * L2 norm of the difference over the L2 norm of what is expected (or `floor`, when that is larger);
 * infinite when the lengths differ.
 */
export function relativeDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  floor = 1e-30,
): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0, norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(norm), floor);
}

/** Asserts that the relative difference is at most `limit`. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  limit: number,
  { label, floor }: { label: string; floor?: number },
): void {
  const difference = relativeDifference(actual, expected, floor);
  assert(
    difference <= limit, // false for NaN
    `${label}: relative difference ${difference.toExponential(2)}, expected at most ${limit}; ` +
      `got [${Array.from(actual).slice(0, 4)}, …], expected [${
        Array.from(expected).slice(0, 4)
      }, …]`,
  );
}
