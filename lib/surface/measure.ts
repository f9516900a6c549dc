/** The loss on a plane through an image. @module */
import type { Stream } from "../random/philox.ts";
import {
  crossEntropyOf,
  evaluateAll,
  type Evaluator,
  type LabelledPoint,
} from "../theory/slopes.ts";
import type { Grid } from "./record.ts";

/** Evenly spaced places from `-radius` to `radius`, pixels in [0, 1]. */
export const placesOf = (radius: number, points: number): number[] =>
  Array.from({ length: points }, (_, i) => radius * (2 * i / (points - 1) - 1));

/**
 * A random corner of the cube [-1, 1]^n that is orthogonal to a direction of signs: it has the same
 * sign in half of the pixels, drawn at random, and the other one in the rest. Where the direction is 0,
 * or one pixel is left over, the sign is drawn alone.
 *
 * @param direction -1, 0 and 1
 */
export function acrossDirection(direction: ArrayLike<number>, noise: Stream): Float32Array {
  const draws = Array.from(direction, () => noise.uniform());
  const used = Array.from(draws.keys()).filter((i) => direction[i] !== 0)
    .sort((a, b) => draws[a] - draws[b]);
  const across = Float32Array.from(draws, (draw) => draw < 0.5 ? -1 : 1), half = used.length >> 1;
  used.slice(0, 2 * half).forEach((i, rank) =>
    across[i] = rank < half ? direction[i] : 0 - direction[i]
  );
  return across;
}

/**
 * The cross-entropy at `x + a first + b second`, nats, in float64 from the model's float32 logits. As
 * the theory has it, points are not cut by the box [0, 1]: its faces would be kinks of their own.
 *
 * @param first Along the columns of the grid, `[H, W, C]`
 * @param second Along its rows
 */
export async function surfaceOf(
  victim: Evaluator,
  { point: image, label }: LabelledPoint,
  [first, second]: readonly [Float32Array, Float32Array],
  places: readonly number[],
): Promise<Grid> {
  const requests = places.flatMap((b) =>
    places.map((a) => ({
      point: image,
      label,
      change(copy: Float32Array) {
        for (let i = 0; i < copy.length; i++) copy[i] += a * first[i] + b * second[i];
      },
    }))
  );
  const answers = await evaluateAll(victim, requests);
  const losses = answers.map(({ logits }) => crossEntropyOf(logits, label));
  return places.map((_, row) => losses.slice(row * places.length, (row + 1) * places.length));
}

/** The mean of surfaces at each point. */
export const meanGrid = (grids: readonly Grid[]): Grid =>
  grids[0].map((row, i) =>
    row.map((_, j) => grids.reduce((sum, grid) => sum + grid[i][j], 0) / grids.length)
  );
