/** What loss surfaces are drawn with. @module */
import { LIMITS } from "../limits.ts";
import { number, object, optional, refined, type Schema } from "../schema.ts";

/** The section `surface` of a profile. */
export interface SurfaceSection {
  /** How many of the first test images. */
  readonly images: number;
  /** How many of these are kept one by one. */
  readonly shown: number;
  /** Points a side of the grid; the image itself is one of an odd number. */
  readonly points: number;
  /** How far the grid goes to either side, the radius at which the row is attacked by default. */
  readonly radius?: number;
  /** Points computed together, those of attacks by default. */
  readonly batch_size?: number;
}

/** Fewest points a side: fewer have no roughness. */
export const POINTS = { min: 3, max: 201, integer: true } as const;

/** The section as a profile writes it. */
export const surfaceSchema: Schema<SurfaceSection> = refined<SurfaceSection>(
  object({
    images: number(LIMITS.attackedImages),
    shown: number(LIMITS.attackedImages),
    points: number(POINTS),
    radius: optional(number({ above: 0, max: 1 })),
    batch_size: optional(number(LIMITS.batch)),
  }),
  ({ images, shown }) =>
    shown <= images
      ? []
      : [{ path: "shown", text: `is ${shown}, expected at most ${images} (images)` }],
);
