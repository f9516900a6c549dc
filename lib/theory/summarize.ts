/** What the records of all images say together. @module */
import { boundRadius, LOSS_THRESHOLD, satisfiesBound } from "./bound.ts";
import { orderOfConvergence, roundingFloor, SMALL_RADII } from "./convergence.ts";
import { type Distribution, distribution } from "./distribution.ts";
import {
  type BoundSummary,
  type Direction,
  DIRECTIONS,
  type ImageRecord,
  type Summary,
} from "./record.ts";

/** Radii of the grid and the one at which the bound is judged, which is among them. */
export interface Grid {
  readonly epsilons: readonly number[];
  readonly epsilon: number;
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const orNull = (values: readonly number[]): Distribution | null =>
  values.length === 0 ? null : distribution(values);

/** One distribution over images for each radius. */
const byRadius = (
  images: readonly ImageRecord[],
  of: (image: ImageRecord) => readonly number[],
): Distribution[] => of(images[0]).map((_, k) => distribution(images.map((image) => of(image)[k])));

/** The paper's omega: the largest over all images. */
export const omegaOfAll = (images: readonly ImageRecord[]): number[] =>
  images[0].omega.map((_, k) => images.reduce((most, { omega }) => Math.max(most, omega[k]), 0));

/** The bound's radius of each image; 0 for a misclassified one, whose loss exceeds the threshold. */
export const boundsOf = (
  images: readonly ImageRecord[],
  { epsilons }: Pick<Grid, "epsilons">,
  omegaOf: (image: ImageRecord) => readonly number[],
): number[] => images.map((image) => boundRadius(inputOf(image, epsilons, omegaOf(image))));

const inputOf = (
  { loss, gradient_norm }: ImageRecord,
  epsilons: readonly number[],
  omega: readonly number[],
) => ({ gap: LOSS_THRESHOLD - loss, norm: gradient_norm, epsilons, omega });

/** Proposition 2.1 on all images, by one omega of each. */
export function boundSummary(
  images: readonly ImageRecord[],
  { epsilons, epsilon }: Grid,
  omegaOf: (image: ImageRecord) => readonly number[],
): BoundSummary {
  const place = epsilons.indexOf(epsilon), bounds = boundsOf(images, { epsilons }, omegaOf);
  const judged = images.map((image, i) => ({ image, bound: bounds[i] }));
  const violated = judged.filter(({ image, bound }) =>
    image.found_radius !== null && bound > image.found_radius
  );
  const still = violated.filter(({ image }) => {
    const { found_radius, found_error } = image;
    const omega = omegaOf(image).map((value, k) =>
      epsilons[k] >= found_radius! ? Math.max(value, found_error!) : value
    );
    const slack = roundingFloor(image.loss) / Math.max(image.gradient_norm, 1e-12);
    return boundRadius(inputOf(image, epsilons, omega)) > found_radius! + slack;
  });
  return {
    satisfied:
      images.filter((image) => satisfiesBound(inputOf(image, epsilons, omegaOf(image)), place))
        .length,
    positive: bounds.filter((bound) => bound > 0).length,
    tightness: orNull(
      judged.filter(({ image, bound }) => bound > 0 && image.found_radius)
        .map(({ image, bound }) => bound / image.found_radius!),
    ),
    violated: violated.map(({ image: { index, found_radius, found_error }, bound }) => ({
      ...{ index, bound, found_radius: found_radius!, found_error: found_error! },
    })),
    violated_given_its_own_error: still.length,
  };
}

/** How fast R of FGSM vanishes. */
function firstOrder(images: readonly ImageRecord[]): Summary["first_order"] {
  const mean_error = SMALL_RADII.map((_, k) =>
    mean(images.map(({ small_errors }) => Math.abs(small_errors[k])))
  );
  const floor = roundingFloor(mean(images.map(({ loss }) => loss)));
  const orders = images.flatMap(({ small_errors, loss }) =>
    orderOfConvergence(SMALL_RADII, small_errors, roundingFloor(loss)) ?? []
  );
  return {
    radii: SMALL_RADII,
    mean_error,
    order: orderOfConvergence(SMALL_RADII, mean_error, floor) ?? null,
    order_by_image: orNull(orders),
    images: orders.length,
  };
}

/** The summary of a model. */
export function summarize(images: readonly ImageRecord[], grid: Grid): Summary {
  const correct = images.filter(({ correct }) => correct), all = omegaOfAll(images);
  const squared = grid.epsilons.slice(1).map((epsilon) => epsilon ** 2);
  const curvature = (of: (image: ImageRecord) => readonly number[]) =>
    squared.map((square, k) => mean(images.map((image) => Math.abs(of(image)[k + 1]))) / square);
  return {
    clean_accuracy: correct.length / images.length,
    gradient_norm: distribution(images.map(({ gradient_norm }) => gradient_norm)),
    linearization_error: Object.fromEntries(
      DIRECTIONS.map((
        name,
      ) => [name, byRadius(images, (image) => image.linearization_error[name])]),
    ) as Record<Direction, Distribution[]>,
    omega: all,
    omega_by_image: byRadius(images, ({ omega }) => omega),
    lipschitz_quotient: {
      fgsm: byRadius(images, ({ lipschitz_quotient }) => lipschitz_quotient.fgsm),
      pgd: byRadius(images, ({ lipschitz_quotient }) => lipschitz_quotient.pgd),
    },
    below_threshold: correct.filter(({ loss }) => loss < LOSS_THRESHOLD).length,
    correct: correct.length,
    found_radius: orNull(correct.flatMap(({ found_radius }) => found_radius ?? [])),
    bound: {
      by_image: boundSummary(images, grid, ({ omega }) => omega),
      paper: boundSummary(images, grid, () => all),
    },
    equation7: {
      residual: distribution(images.map(({ residual }) => residual)),
      integral_residual: distribution(images.map(({ integral_residual }) => integral_residual)),
    },
    first_order: firstOrder(images),
    curvature: {
      fgsm: curvature(({ linearization_error }) => linearization_error.fgsm),
      omega_by_image: curvature(({ omega }) => omega),
      omega: squared.map((square, k) => all[k + 1] / square),
    },
  };
}
