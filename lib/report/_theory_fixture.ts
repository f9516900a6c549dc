/** Made-up theory cells for tests: R grows as `curvature * epsilon^2` on every image. @module */
import type { ImageRecord, TheoryRecord } from "../theory/record.ts";
import { SMALL_RADII } from "../theory/convergence.ts";
import { summarize } from "../theory/summarize.ts";

const EPSILONS = [0, 4 / 255, 8 / 255, 16 / 255];

/** What a made-up model is like. */
export interface MadeUpTheory {
  readonly activation: TheoryRecord["activation"];
  /** R / epsilon^2 along FGSM; negative where the model overfits to it. */
  readonly curvature: number;
}

/** The content of a cell's `theory.json`. */
export function madeUpTheory({ activation, curvature }: MadeUpTheory): TheoryRecord {
  const squares = EPSILONS.map((epsilon) => epsilon ** 2);
  const images = Array.from({ length: 8 }, (_, index): ImageRecord => {
    const share = 0.6 + index / 10, errors = squares.map((square) => share * curvature * square);
    const sizes = errors.map(Math.abs);
    return {
      ...{ index, label: 0, correct: index < 6, loss: 0.3 + index / 10, gradient_norm: 2 + index },
      linearization_error: { fgsm: errors, pgd: sizes, sign: errors, uniform: errors },
      omega: sizes.map((size) => 2 * size),
      lipschitz_quotient: { fgsm: sizes, pgd: sizes },
      ...{ margin_loss: index - 5.5, margin_gradient_norm: 50, margin_omega: sizes },
      ...index < 6
        ? { found_radius: 0.2 - index / 50, found_by: "fab", found_error: 0, margin_found_error: 0 }
        : { found_radius: 0, found_by: null, found_error: null, margin_found_error: null },
      ...{ residual: 2e-7, integral_residual: -3e-6 },
      small_errors: SMALL_RADII.map((radius) => 10 * curvature * radius ** 2),
    };
  });
  const grid = { epsilons: EPSILONS, epsilon: 8 / 255 };
  const fields = Object.keys(images[0]) as (keyof ImageRecord)[];
  return {
    ...{ activation, images: images.length, ...grid, steps: 20, fab_iterations: 30 },
    loss_threshold: { cross_entropy: Math.LN2, margin: 0 },
    summary: summarize(images, grid),
    per_image: {
      ...Object.fromEntries(fields.map((field) => [field, images.map((image) => image[field])])),
      ...{ bound: images.map(() => 0), margin_bound: images.map(() => 0) },
    } as unknown as TheoryRecord["per_image"],
  };
}

/** What a cell says of ReLU. */
export const RELU = { name: "relu", kind: "piecewise linear", largest_second_derivative: null };
const GELU = { name: "gelu", kind: "smooth", largest_second_derivative: 0.7978846 };

/** Contents of `theory.json` by cell: two seeds of FGSM with ReLU, which overfits, and with GELU. */
export const madeUpCells = (): Record<string, TheoryRecord> => ({
  "theory:fgsm:relu": madeUpTheory({ activation: RELU, curvature: -2000 }),
  "theory:fgsm:gelu": madeUpTheory({ activation: GELU, curvature: 4 }),
  "theory:fgsm:relu@2": madeUpTheory({ activation: RELU, curvature: -4000 }),
  "theory:fgsm:gelu@2": madeUpTheory({ activation: GELU, curvature: 8 }),
});
