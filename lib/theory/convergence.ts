/** How fast a remainder vanishes. @module */

/**
 * Radii in pixels in [0, 1] at which the order is measured, falling from 2/255 by halves. Below them the
 * rounding of float32 logits is no longer small beside the remainder.
 */
export const SMALL_RADII: readonly number[] = Array.from(
  { length: 6 },
  (_, halvings) => 2 / 255 / 2 ** halvings,
);

/** Remainders below this many nats, for a loss of 0, are those of rounding to float32. */
const ROUNDING = 3e-7;

/** What a remainder has to exceed to be told from rounding, nats. */
export const roundingFloor = (loss: number): number => ROUNDING * (1 + Math.abs(loss));

/**
 * The order of convergence: the slope of `log |remainder|` over `log radius` by least squares, over the
 * places whose remainder exceeds the floor; `undefined` where fewer than three do.
 */
export function orderOfConvergence(
  radii: readonly number[],
  remainders: readonly number[],
  floor: number,
): number | undefined {
  const kept = radii.flatMap((radius, i) =>
    Math.abs(remainders[i]) > floor ? [[Math.log(radius), Math.log(Math.abs(remainders[i]))]] : []
  );
  if (kept.length < 3) return undefined;
  const mean = (at: 0 | 1) => kept.reduce((sum, pair) => sum + pair[at], 0) / kept.length;
  const x = mean(0), y = mean(1);
  const [above, below] = kept.reduce(
    ([above, below], [a, b]) => [above + (a - x) * (b - y), below + (a - x) ** 2],
    [0, 0],
  );
  return above / below;
}
