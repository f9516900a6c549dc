/** Proposition 2.1 of the paper (Finlay and Oberman 2019) for one image. @module */

/** What the bound of one image is made of. */
export interface BoundInput {
  /** `L_0 - L(x)`. */
  readonly gap: number;
  /** `||grad L(x)||_1`, per pixel value. */
  readonly norm: number;
  /** Rising radii in pixels in [0, 1], and omega at each, not falling. */
  readonly epsilons: readonly number[];
  readonly omega: readonly number[];
}

/** Largest value up to each place: omega is a supremum over balls that hold each other. */
export function runningMaximum(values: readonly number[]): number[] {
  let most = -Infinity;
  return values.map((value) => most = Math.max(most, value));
}

/** Whether inequality (6) holds at the `k`-th radius. */
export const satisfiesBound = ({ gap, norm, epsilons, omega }: BoundInput, k: number): boolean =>
  gap - omega[k] >= epsilons[k] * norm;

/**
 * The largest radius at which inequality (6) holds, 0 where it holds at none:
 * `(L_0 - L(x) - omega(epsilon)) / ||grad L(x)||_1 >= epsilon`.
 *
 * Between two radii omega is taken at the upper one, where it is no smaller. With the true omega no
 * perturbation shorter than this changes the class. With one that a search found it is no certificate,
 * since the search may have missed the largest error. It is at most the last radius.
 */
export function boundRadius({ gap, norm, epsilons, omega }: BoundInput): number {
  return epsilons.reduce((most, epsilon, k) => {
    const left = gap - omega[k];
    return left < 0 ? most : Math.max(most, norm > 0 ? Math.min(epsilon, left / norm) : epsilon);
  }, 0);
}
