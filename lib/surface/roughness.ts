/** How far a loss surface is from a smooth one. @module */
import type { Grid, Roughness } from "./record.ts";

/**
 * Legendre's polynomials up to the second degree on evenly spaced places, made orthogonal there.
 *
 * @returns Three lists over the places
 */
function orthogonal(count: number): number[][] {
  const places = Array.from({ length: count }, (_, i) => 2 * i / (count - 1) - 1);
  const square = places.reduce((sum, x) => sum + x * x, 0) / count;
  return [places.map(() => 1), places, places.map((x) => x * x - square)];
}

/** Pairs of degrees whose sum is at most 2. */
const TERMS = [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [0, 2]] as const;

/**
 * Measures a surface against the polynomial of second degree in both directions that is nearest by
 * least squares: what a smooth loss is on a small enough grid, and what kinks leave out. Products of
 * orthogonal polynomials are orthogonal on the grid, so that each coefficient is a projection.
 */
export function roughness(grid: Grid): Roughness {
  let low = Infinity, high = -Infinity;
  for (const value of grid.flat()) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high > low)) return { range: 0, residual: 0, unexplained: 0 };
  const count = grid.length, basis = orthogonal(count), rest = grid.map((row) => [...row]);
  const values = grid.flat(), mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const [a, b] of TERMS) {
    let product = 0, norm = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        const value = basis[a][i] * basis[b][j];
        product += value * grid[i][j];
        norm += value * value;
      }
    }
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) rest[i][j] -= product / norm * basis[a][i] * basis[b][j];
    }
  }
  const squares = (of: readonly number[]) => of.reduce((sum, value) => sum + value * value, 0);
  const left = squares(rest.flat()), all = squares(values.map((value) => value - mean));
  return {
    range: high - low,
    residual: Math.sqrt(left / values.length),
    unexplained: Math.min(1, left / all),
  };
}
