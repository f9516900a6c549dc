/**
 * What the stage `curve` leaves of one model: `curve.json`, described in `docs/pipeline.md`.
 *
 * @module
 */

/** Where an image fell. */
export interface Fall {
  /**
   * Smallest radius of the grid at which an attack found an adversarial example, pixels in [0, 1]; 0 for
   * a misclassified image, `null` where none was found at any radius.
   */
  readonly radius: number | null;
  /** The attack that found it. */
  readonly by: string | null;
}

/** What the largest radius says of the attack, where it is at least {@linkcode GREY}. */
export interface GreyCheck {
  /** Class that the model gives plain grey, the image with all pixels 1/2. */
  readonly class: number;
  /** Images of other classes that no attack broke, although plain grey is in their ball. */
  readonly missed: number;
}

/** From this radius on the ball around every image has plain grey in it. */
export const GREY = 0.5;

/** The content of `curve.json`. */
export interface CurveRecord {
  /** Names of the attacks of each radius, in order. */
  readonly attacks: readonly string[];
  readonly images: number;
  /** Radius at which the model is attacked in the table. */
  readonly epsilon: number;
  /** Rising from 0; `epsilon` is among them. Pixels in [0, 1]. */
  readonly epsilons: readonly number[];
  readonly iterations: number;
  readonly restarts: number;
  readonly targets: number;
  /** Share of all images that no attack has broken at this radius or a smaller one. */
  readonly accuracy: readonly number[];
  /** `null` where the grid ends below {@linkcode GREY}. */
  readonly grey: GreyCheck | null;
  /** Lists over images. */
  readonly per_image: {
    /** Number among all test images. */
    readonly index: readonly number[];
    readonly label: readonly number[];
    readonly fell_at: readonly (number | null)[];
    readonly broken_by: readonly (string | null)[];
  };
}
