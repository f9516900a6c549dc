/** Perturbations of one length, and searches for the worst. @module */
import { type Ball, ballAround, project } from "../attacks/ball.ts";
import type { Stream } from "../random/philox.ts";
import type { LabelledPoint, Slope, Slopes } from "./slopes.ts";

/** `x + epsilon direction`, `[H, W, C]`. */
export const along = (
  image: Float32Array,
  direction: ArrayLike<number>,
  epsilon: number,
): Float32Array => image.map((x, i) => x + epsilon * direction[i]);

/** The direction of FGSM, `sign(grad L(x))`: equation (3) of the paper. */
export const fgsmDirection = (gradient: Float32Array): Float32Array => gradient.map(Math.sign);

/** A uniform corner of the cube [-1, 1]^n. */
export const signDirection = (size: number, noise: Stream): Float32Array =>
  Float32Array.from({ length: size }, () => noise.uniform() < 0.5 ? -1 : 1);

/** A uniform point of the cube [-1, 1]^n. */
export const uniformDirection = (size: number, noise: Stream): Float32Array =>
  noise.fill(new Float32Array(size), -1, 1);

/** The L-infinity ball as the paper has it, without the box [0, 1]; to the rounding of float32. */
export const openBall = (image: Float32Array, epsilon: number): Ball => ({
  lower: image.map((x) => x - epsilon),
  upper: image.map((x) => x + epsilon),
});

/** One search: where it starts, and in what it stays. */
export interface Climb extends LabelledPoint {
  readonly ball: Ball;
  /** Length of a step, pixels in [0, 1]. */
  readonly step: number;
}

/** A search in the ball without the box, from a point in it. */
export const climbOf = (
  { image, label }: { readonly image: Float32Array; readonly label: number },
  point: Float32Array,
  epsilon: number,
  steps: number,
): Climb => ({ point, label, ball: openBall(image, epsilon), step: stepLength(epsilon, steps) });

/** A search in the ball and the box [0, 1], from the image. */
export const boxedClimb = (
  { image, label }: { readonly image: Float32Array; readonly label: number },
  epsilon: number,
  steps: number,
): Climb => ({
  point: image,
  label,
  ball: ballAround(image, epsilon),
  step: stepLength(epsilon, steps),
});

/** Steps that may cross the ball from end to end, and a quarter more (Madry et al. 2018, section 5). */
const stepLength = (epsilon: number, steps: number) => 2.5 * epsilon / steps;

/**
 * Projected ascent by the sign of a gradient, of many images side by side: each step goes `step` along
 * the sign and back to the ball. All points are visited, the first and the last included.
 *
 * @param visit Told of each point that is evaluated; returns whether the search goes on
 * @param level Of each search, the gradient at which the ascent is level; by default it is 0
 */
export async function climb(
  slopes: Slopes,
  climbs: readonly Climb[],
  steps: number,
  visit: (which: number, slope: Slope, point: Float32Array) => boolean,
  level?: (which: number) => Float32Array,
): Promise<void> {
  let running = climbs.map((one, which) => ({ ...one, which, point: one.point.slice() }));
  for (let taken = 0; taken <= steps && running.length > 0; taken++) {
    const found = await slopes(running);
    running = running.filter(({ which, point, ball, step }, i) => {
      if (!visit(which, found[i], point)) return false;
      const { gradient } = found[i], own = level?.(which);
      for (let k = 0; k < point.length; k++) {
        point[k] += step * Math.sign(own ? gradient[k] - own[k] : gradient[k]);
      }
      project(ball, point);
      return true;
    });
  }
}
