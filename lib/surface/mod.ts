/**
 * Loss surfaces: the cross-entropy on the plane through an image along FGSM's direction and across it.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { placesOf, roughness } from "./mod.ts";
 * const places = placesOf(1, 5);
 * // a paraboloid is as smooth as can be, a roof is not
 * assertAlmostEquals(roughness(places.map((b) => places.map((a) => a * a + a * b))).residual, 0);
 * console.log(roughness(places.map(() => places.map(Math.abs))).unexplained);
 * ```
 *
 * @module
 */
export { acrossDirection, meanGrid, placesOf, surfaceOf } from "./measure.ts";
export type { Grid, ImageSurface, Roughness, SurfaceRecord } from "./record.ts";
export { roughness } from "./roughness.ts";
export { POINTS, surfaceSchema, type SurfaceSection } from "./setting.ts";
