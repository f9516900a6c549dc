/** Proposition 2.1 held against the smallest adversarial perturbations found. @module */
import { boundRadius, satisfiesBound } from "./bound.ts";
import { roundingFloor } from "./convergence.ts";
import { orNull } from "./distribution.ts";
import type { BoundSummary, ImageRecord } from "./record.ts";
import { CROSS_ENTROPY, MARGIN } from "./slopes.ts";

/** Radii of the grid and the one at which the bound is judged, which is among them. */
export interface Grid {
  readonly epsilons: readonly number[];
  readonly epsilon: number;
}

/** What the bound by one loss takes of an image. */
export interface BoundOf {
  /** `L_0 - L(x)` */
  readonly gap: (image: ImageRecord) => number;
  /** `||grad L(x)||_1` */
  readonly norm: (image: ImageRecord) => number;
  readonly omega: (image: ImageRecord) => readonly number[];
  /** R of the smallest perturbation found. */
  readonly foundError: (image: ImageRecord) => number | null;
}

/** By the cross-entropy, the loss of the paper. */
export const CROSS_ENTROPY_BOUND: BoundOf = {
  gap: ({ loss }) => CROSS_ENTROPY.threshold - loss,
  norm: ({ gradient_norm }) => gradient_norm,
  omega: ({ omega }) => omega,
  foundError: ({ found_error }) => found_error,
};

/** By the margin, whose threshold is exact. */
export const MARGIN_BOUND: BoundOf = {
  gap: ({ margin_loss }) => MARGIN.threshold - margin_loss,
  norm: ({ margin_gradient_norm }) => margin_gradient_norm,
  omega: ({ margin_omega }) => margin_omega,
  foundError: ({ margin_found_error }) => margin_found_error,
};

/** The paper's omega: the largest over all images. */
export const omegaOfAll = (images: readonly ImageRecord[], { omega }: BoundOf): number[] =>
  omega(images[0]).map((_, k) =>
    images.reduce((most, image) => Math.max(most, omega(image)[k]), 0)
  );

/** The bound's radius of each image, 0 for a misclassified one. */
export const boundsOf = (
  images: readonly ImageRecord[],
  { epsilons }: Pick<Grid, "epsilons">,
  { gap, norm, omega }: BoundOf,
): number[] =>
  images.map((image) =>
    boundRadius({ gap: gap(image), norm: norm(image), epsilons, omega: omega(image) })
  );

/**
 * Proposition 2.1 on all images.
 *
 * @param of The loss
 * @param all omega of all images, where it takes the place of the images' own
 */
export function boundSummary(
  images: readonly ImageRecord[],
  { epsilons, epsilon }: Grid,
  of: BoundOf,
  all?: readonly number[],
): BoundSummary {
  const omega = all === undefined ? of.omega : () => all;
  const place = epsilons.indexOf(epsilon);
  const bounds = boundsOf(images, { epsilons }, { ...of, omega });
  const judged = images.map((image, i) => ({ image, bound: bounds[i] }));
  const violated = judged.filter(({ image: { found_radius }, bound }) =>
    found_radius !== null && bound > found_radius
  );
  /** Whether the bound exceeds the radius even where that perturbation's own R counts in omega. */
  const isFault = ({ image }: { readonly image: ImageRecord }) => {
    const radius = image.found_radius!, gap = of.gap(image), norm = of.norm(image);
    const raised = omega(image).map((value, k) =>
      epsilons[k] >= radius ? Math.max(value, of.foundError(image)!) : value
    );
    const rounding = roundingFloor(gap) / Math.max(norm, 1e-12);
    return boundRadius({ gap, norm, epsilons, omega: raised }) > radius + rounding;
  };
  return {
    satisfied: images.filter((image) =>
      satisfiesBound(
        { gap: of.gap(image), norm: of.norm(image), epsilons, omega: omega(image) },
        place,
      )
    ).length,
    positive: bounds.filter((bound) => bound > 0).length,
    tightness: orNull(
      judged.filter(({ image, bound }) => bound > 0 && image.found_radius)
        .map(({ image, bound }) => bound / image.found_radius!),
    ),
    violated: violated.map(({ image, bound }) => ({
      ...{ index: image.index, bound, found_radius: image.found_radius! },
      found_error: of.foundError(image)!,
    })),
    violated_given_its_own_error: violated.filter(isFault).length,
  };
}
