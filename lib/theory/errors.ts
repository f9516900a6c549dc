/** R and omega over the grid of radii. @module */
import { runningMaximum } from "./bound.ts";
import { linearizationError, lipschitzQuotient } from "./linearization.ts";
import { along } from "./perturbations.ts";
import { type Direction, DIRECTIONS } from "./record.ts";
import { climbError, climbLoss, type Subject, visitAll, type Visited } from "./search.ts";
import type { Slopes } from "./slopes.ts";

/** Directions in the cube [-1, 1]^n, one of each kind for each image. */
export type Rays = Readonly<Record<Exclude<Direction, "pgd">, readonly Float32Array[]>>;

/** What was found of one image; lists go by the radii. */
export interface Errors {
  readonly error: Readonly<Record<Direction, readonly number[]>>;
  readonly quotient: Readonly<Record<Direction, readonly number[]>>;
  /** Largest R found in each ball, not falling. */
  readonly omega: readonly number[];
}

/** R of one perturbation of an image. */
export const errorOf = ({ clean, image }: Subject, { slope, point }: Visited): number =>
  linearizationError(clean, image, slope, point);

/**
 * Measures R along rays and along PGD, and climbs it, at each radius.
 *
 * omega is a lower bound of the true one: the largest R of all points that were visited, from PGD's
 * point and from a corner upwards.
 *
 * @param corners Of each image as many directions, from the best of which R is climbed; without them
 * that is the ray `sign`
 */
export async function measureErrors(
  slopes: Slopes,
  subjects: readonly Subject[],
  rays: Rays,
  { epsilons, steps }: { readonly epsilons: readonly number[]; readonly steps: number },
  corners: readonly (readonly Float32Array[])[] = subjects.map(() => []),
): Promise<Errors[]> {
  const nothing = () => ({ fgsm: [0], pgd: [0], sign: [0], uniform: [0] });
  const found = subjects.map(() => ({ error: nothing(), quotient: nothing(), largest: [0] }));
  for (const radius of epsilons.slice(1)) {
    const visit = (ray: readonly Float32Array[]) =>
      visitAll(slopes, subjects, ({ image }, i) => along(image, ray[i], radius));
    const visited = {
      fgsm: await visit(rays.fgsm),
      sign: await visit(rays.sign),
      uniform: await visit(rays.uniform),
      pgd: await climbLoss(slopes, subjects, radius, steps),
    };
    const best = [...visited.sign];
    for (let n = 0; n < (corners[0]?.length ?? 0); n++) {
      (await visit(corners.map((own) => own[n]))).forEach((one, i) => {
        if (errorOf(subjects[i], one) > errorOf(subjects[i], best[i])) best[i] = one;
      });
    }
    const starts = [best, visited.pgd].map((from) => from.map(({ point }) => point));
    const climbed = await climbError(slopes, subjects, starts, radius, steps);
    subjects.forEach((subject, i) => {
      const { clean, image } = subject, { error, quotient, largest } = found[i];
      for (const name of DIRECTIONS) {
        const { slope, point } = visited[name][i];
        error[name].push(errorOf(subject, visited[name][i]));
        quotient[name].push(lipschitzQuotient(clean.gradient, image, slope.gradient, point));
      }
      largest.push(Math.max(climbed[i], ...DIRECTIONS.map((name) => error[name].at(-1)!)));
    });
  }
  return found.map(({ error, quotient, largest }) => ({
    ...{ error, quotient },
    omega: runningMaximum(largest),
  }));
}
