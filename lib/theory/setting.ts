/** What is measured of a model, and what it costs. @module */
import { LIMITS } from "../limits.ts";
import { list, number, object, optional, refined, type Schema } from "../schema.ts";
import { QUADRATURE } from "./linearization.ts";
import { SMALL_RADII } from "./convergence.ts";

/** The section `theory` of a profile. */
export interface TheorySection {
  /** How many of the first test images. */
  readonly images: number;
  /** Radii of the grid, rising from 0, pixels in [0, 1]. */
  readonly epsilons: readonly number[];
  /** Steps of each search at each radius: PGD on the loss, ascent of R. */
  readonly steps: number;
  /** Iterations of FAB for each target class, {@linkcode FAB_ITERATIONS} by default. */
  readonly fab_iterations?: number;
  /** Images measured together, those of attacks by default. */
  readonly batch_size?: number;
}

/** What AutoAttack gives FAB. */
export const FAB_ITERATIONS = 100;

/** Classes that FAB walks to, at most: those of CIFAR-10 besides the label. */
export const FAB_TARGETS = 9;

/** Halvings of the interval in which PGD looks for the smallest radius. */
export const HALVINGS = 10;

/** The section as a profile writes it. */
export const theorySchema: Schema<TheorySection> = refined<TheorySection>(
  object({
    images: number(LIMITS.attackedImages),
    epsilons: list(number(LIMITS.epsilon), { min: 2, max: 100 }),
    steps: number(LIMITS.iterations),
    fab_iterations: optional(number(LIMITS.iterations)),
    batch_size: optional(number(LIMITS.batch)),
  }),
  ({ epsilons }) =>
    epsilons.flatMap((epsilon, i) =>
      i === 0
        ? epsilon === 0 ? [] : [{ path: "epsilons[0]", text: `is ${epsilon}, expected 0` }]
        : epsilon > epsilons[i - 1]
        ? []
        : [{ path: `epsilons[${i}]`, text: `is ${epsilon}, expected more than the one before` }]
    ),
);

/** How one model is measured. */
export interface TheorySetting {
  /** Rising from 0; `epsilon` is among them. */
  readonly epsilons: readonly number[];
  /** Radius at which the model is attacked and the bound is judged. */
  readonly epsilon: number;
  readonly steps: number;
  readonly fabIterations: number;
  /** Names the random directions, together with the image's number. */
  readonly seed: bigint;
}

/** The grid together with the radius at which the model is attacked. */
export const gridWith = (epsilons: readonly number[], epsilon: number): number[] =>
  [...new Set([...epsilons, epsilon])].sort((a, b) => a - b);

/** Directions along which the loss is measured without a search: FGSM, a corner, a uniform point. */
export const RAYS = 3;

/** Losses of which omega is searched: the cross-entropy and the margin. */
export const LOSSES = 2;

/** Places from which R is climbed at each radius. */
export const STARTS = 2;

/** Most gradients that the measurements of one image take. */
export function evaluationsOf(
  { epsilons, steps, fabIterations }: Omit<TheorySetting, "seed" | "epsilon">,
  classes: number,
): number {
  const radii = epsilons.length - 1, search = steps + 1;
  return 5 + SMALL_RADII.length + QUADRATURE.length +
    LOSSES * radii * (RAYS + (1 + STARTS) * search) +
    (classes - 2) * (1 + radii) + HALVINGS * search +
    2 * fabIterations * Math.min(FAB_TARGETS, classes - 1);
}
