/** What the records of all images say together. @module */
import { orderOfConvergence, roundingFloor, SMALL_RADII } from "./convergence.ts";
import { type Distribution, distribution, orNull } from "./distribution.ts";
import { type Direction, DIRECTIONS, type ImageRecord, type Summary } from "./record.ts";
import { boundSummary, CROSS_ENTROPY_BOUND, type Grid, MARGIN_BOUND, omegaOfAll } from "./judge.ts";
import { CROSS_ENTROPY } from "./slopes.ts";

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** One distribution over images for each radius. */
const byRadius = (
  images: readonly ImageRecord[],
  of: (image: ImageRecord) => readonly number[],
): Distribution[] => of(images[0]).map((_, k) => distribution(images.map((image) => of(image)[k])));

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
  const correct = images.filter(({ correct }) => correct),
    all = omegaOfAll(images, CROSS_ENTROPY_BOUND);
  const allMargins = omegaOfAll(images, MARGIN_BOUND);
  const squared = grid.epsilons.slice(1).map((epsilon) => epsilon ** 2);
  const curvature = (of: (image: ImageRecord) => readonly number[]) =>
    squared.map((square, k) => mean(images.map((image) => Math.abs(of(image)[k + 1]))) / square);
  return {
    clean_accuracy: correct.length / images.length,
    loss: distribution(images.map(({ loss }) => loss)),
    gradient_norm: distribution(images.map(({ gradient_norm }) => gradient_norm)),
    linearization_error: Object.fromEntries(
      DIRECTIONS.map((
        name,
      ) => [name, byRadius(images, (image) => image.linearization_error[name])]),
    ) as Record<Direction, Distribution[]>,
    omega: all,
    margin_omega: allMargins,
    omega_by_image: byRadius(images, ({ omega }) => omega),
    lipschitz_quotient: {
      fgsm: byRadius(images, ({ lipschitz_quotient }) => lipschitz_quotient.fgsm),
      pgd: byRadius(images, ({ lipschitz_quotient }) => lipschitz_quotient.pgd),
    },
    below_threshold: correct.filter(({ loss }) => loss < CROSS_ENTROPY.threshold).length,
    correct: correct.length,
    found_radius: orNull(correct.flatMap(({ found_radius }) => found_radius ?? [])),
    bound: {
      cross_entropy: {
        by_image: boundSummary(images, grid, CROSS_ENTROPY_BOUND),
        paper: boundSummary(images, grid, CROSS_ENTROPY_BOUND, all),
      },
      margin: {
        by_image: boundSummary(images, grid, MARGIN_BOUND),
        paper: boundSummary(images, grid, MARGIN_BOUND, allMargins),
      },
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
