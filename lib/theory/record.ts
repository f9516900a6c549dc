/**
 * What the stage `theory` leaves of one model: `theory.json`, described field by field in
 * `docs/theory.md`.
 *
 * @module
 */
import type { Distribution } from "./distribution.ts";

/** Directions of which R is measured, by name. */
export const DIRECTIONS = ["fgsm", "pgd", "sign", "uniform"] as const;

/** A direction of which R is measured. */
export type Direction = typeof DIRECTIONS[number];

/** A loss to which Proposition 2.1 is applied. */
export type BoundedLoss = "cross_entropy" | "margin";

/** What was measured of one image; lists go by the radii of the grid. */
export interface ImageRecord {
  readonly index: number;
  readonly label: number;
  readonly correct: boolean;
  /** `L(x)`, nats. */
  readonly loss: number;
  /** `||grad L(x)||_1`, nats per pixel value. */
  readonly gradient_norm: number;
  /** `R(x, delta)`, nats. */
  readonly linearization_error: Readonly<Record<Direction, readonly number[]>>;
  /** Largest R found in each ball: a lower bound of the image's own omega, nats. */
  readonly omega: readonly number[];
  /** `||g(x + delta) - g(x)||_1 / ||delta||_inf` along attacks; 0 at radius 0. */
  readonly lipschitz_quotient: Readonly<Record<"fgsm" | "pgd", readonly number[]>>;
  /** Highest other logit minus the label's, below 0 where correct; its gradient's L1 norm and omega. */
  readonly margin_loss: number;
  readonly margin_gradient_norm: number;
  readonly margin_omega: readonly number[];
  /** Radius of the smallest adversarial perturbation found in the box; 0 where misclassified. */
  readonly found_radius: number | null;
  readonly found_by: "fab" | "pgd" | null;
  /** `R(x, delta)` of that perturbation, of the cross-entropy and of the margin. */
  readonly found_error: number | null;
  readonly margin_found_error: number | null;
  /** `L(x + delta) - (L(x) + epsilon ||g||_1 + R)` of FGSM at the model's radius, R by its definition. */
  readonly residual: number;
  /** The same with R as the integral of the gradient. */
  readonly integral_residual: number;
  /** FGSM's R at the small radii. */
  readonly small_errors: readonly number[];
}

/** What Proposition 2.1 says of the images, by one omega or another. */
export interface BoundSummary {
  /** Images that inequality (6) certifies at the model's radius, if omega were the true one. */
  readonly satisfied: number;
  /** Images whose bound is above 0. */
  readonly positive: number;
  /** The bound's radius over the radius found, of images with both above 0; `null` without any. */
  readonly tightness: Distribution | null;
  /** Images with an adversarial perturbation found below the bound: the search for omega missed it. */
  readonly violated: readonly Violation[];
  /** Images still violated with R of that very perturbation counted into omega: faults of rounding. */
  readonly violated_given_its_own_error: number;
}

/** An image whose bound is larger than a perturbation that fools the model. */
export interface Violation {
  readonly index: number;
  readonly bound: number;
  readonly found_radius: number;
  readonly found_error: number;
}

/** What all images say together; lists go by the radii of the grid. */
export interface Summary {
  readonly clean_accuracy: number;
  /** Of `L(x)`, nats. */
  readonly loss: Distribution;
  readonly gradient_norm: Distribution;
  readonly linearization_error: Readonly<Record<Direction, readonly Distribution[]>>;
  /** Largest R found over all images: a lower bound of the paper's omega, nats. */
  readonly omega: readonly number[];
  readonly margin_omega: readonly number[];
  /** Of the largest R found in the ball of each image. */
  readonly omega_by_image: readonly Distribution[];
  readonly lipschitz_quotient: Readonly<Record<"fgsm" | "pgd", readonly Distribution[]>>;
  /** Correct images whose loss is below the threshold. */
  readonly below_threshold: number;
  readonly correct: number;
  /** Of the radii found of correct images; `null` without any. */
  readonly found_radius: Distribution | null;
  /** Proposition 2.1 by loss, with the image's own omega and with that of all images. */
  readonly bound: Readonly<
    Record<BoundedLoss, Readonly<Record<"by_image" | "paper", BoundSummary>>>
  >;
  readonly equation7: {
    readonly residual: Distribution;
    readonly integral_residual: Distribution;
  };
  readonly first_order: {
    readonly radii: readonly number[];
    /** Mean of `|R|` of FGSM over the images at each. */
    readonly mean_error: readonly number[];
    /** Order of convergence of that mean; `null` where rounding hides it. */
    readonly order: number | null;
    /** Orders of single images that rounding does not hide. */
    readonly order_by_image: Distribution | null;
    readonly images: number;
  };
  /** `|R| / epsilon^2` at each radius but 0: mean over images, and of the largest R found. */
  readonly curvature: {
    readonly fgsm: readonly number[];
    readonly omega_by_image: readonly number[];
    readonly omega: readonly number[];
  };
}

/** The content of `theory.json`. */
export interface TheoryRecord {
  readonly activation: {
    readonly name: string;
    readonly kind: string;
    /** Supremum of its second derivative; `null` where a kink makes it infinite. */
    readonly largest_second_derivative: number | null;
  };
  readonly images: number;
  readonly epsilon: number;
  readonly epsilons: readonly number[];
  readonly steps: number;
  readonly fab_iterations: number;
  readonly loss_threshold: Readonly<Record<BoundedLoss, number>>;
  readonly summary: Summary;
  /** Each field of {@linkcode ImageRecord} as a list over images. */
  readonly per_image: { readonly [field in keyof ImageRecord]: readonly ImageRecord[field][] } & {
    /** Radius up to which (6) holds with the image's own omega. */
    readonly bound: readonly number[];
    readonly margin_bound: readonly number[];
  };
}
