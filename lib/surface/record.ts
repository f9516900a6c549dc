/**
 * What the stage `surface` leaves of one model: `surface.json`, described in `docs/pipeline.md`.
 *
 * @module
 */

/** Losses in nats: a list for each place along the random direction, over places along FGSM. */
export type Grid = readonly (readonly number[])[];

/** How far a surface is from smooth. */
export interface Roughness {
  /** Highest less lowest loss, nats. */
  readonly range: number;
  /** Root mean square distance from the nearest polynomial of second degree, nats. */
  readonly residual: number;
  /** Share of the loss' variance over the grid that this polynomial does not explain, 0 to 1. */
  readonly unexplained: number;
}

/** The surface of one image. */
export interface ImageSurface {
  /** Number among all test images. */
  readonly index: number;
  readonly label: number;
  readonly loss: Grid;
  readonly roughness: Roughness;
}

/** The content of `surface.json`. */
export interface SurfaceRecord {
  readonly images: number;
  /** How far the grid goes to either side, pixels in [0, 1]. */
  readonly radius: number;
  /** Points a side, evenly spaced from `-radius` to `radius`. */
  readonly points: number;
  /** Mean over all images at each point, nats. */
  readonly mean: Grid;
  readonly mean_roughness: Roughness;
  /** Of each image's own surface: median over the images. */
  readonly median_roughness: Roughness;
  /** Lists over images. */
  readonly per_image:
    & { readonly index: readonly number[] }
    & {
      readonly [field in keyof Roughness]: readonly number[];
    };
  /** The first images. */
  readonly shown: readonly ImageSurface[];
}
