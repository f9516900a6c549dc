/** Points of many images side by side: along a direction, and where a search leads. @module */
import type { Sample } from "../attacks/attack.ts";
import { linearizationError } from "./linearization.ts";
import { climb, climbOf } from "./perturbations.ts";
import type { Slope, Slopes } from "./slopes.ts";

/** An image with what the model says of it. */
export interface Subject extends Sample {
  readonly clean: Slope;
}

/** A point that was visited. */
export interface Visited {
  readonly point: Float32Array;
  readonly slope: Slope;
}

/** One point of each image. */
export async function visitAll(
  slopes: Slopes,
  subjects: readonly Subject[],
  pointOf: (subject: Subject, i: number) => Float32Array,
): Promise<Visited[]> {
  const points = subjects.map(pointOf);
  const found = await slopes(subjects.map(({ label }, i) => ({ point: points[i], label })));
  return found.map((slope, i) => ({ slope, point: points[i] }));
}

/** PGD: of each image the point of highest loss on the way from the image. */
export async function climbLoss(
  slopes: Slopes,
  subjects: readonly Subject[],
  radius: number,
  steps: number,
): Promise<Visited[]> {
  const best: Visited[] = [];
  const climbs = subjects.map((subject) => climbOf(subject, subject.image, radius, steps));
  await climb(slopes, climbs, steps, (i, slope, point) => {
    if (!(best[i]?.slope.loss >= slope.loss)) best[i] = { slope, point: point.slice() };
    return true;
  });
  return best;
}

/**
 * Climbs R itself, whose gradient in delta is `g(x + delta) - g(x)`; that is 0 at the image, so that
 * each search starts elsewhere.
 *
 * @returns Of each image the largest R of all points visited: a lower bound of its omega
 */
export async function climbError(
  slopes: Slopes,
  subjects: readonly Subject[],
  starts: readonly (readonly Float32Array[])[],
  radius: number,
  steps: number,
): Promise<number[]> {
  const most = subjects.map(() => -Infinity);
  for (const points of starts) {
    const climbs = subjects.map((subject, i) => climbOf(subject, points[i], radius, steps));
    await climb(slopes, climbs, steps, (i, slope, point) => {
      const { clean, image } = subjects[i];
      most[i] = Math.max(most[i], linearizationError(clean, image, slope, point));
      return true;
    }, (i) => subjects[i].clean.gradient);
  }
  return most;
}
