/** The error of the loss' first-order approximation, and what bounds it. @module */
import type { Slope } from "./slopes.ts";

/** `sum |g_i|`, in float64. */
export function l1Norm(gradient: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += Math.abs(gradient[i]);
  return sum;
}

/**
 * `<g, point - image>` in float64. The perturbation is the difference of the float32 images that the
 * model is given, so that no rounding of a pixel counts as an error of the approximation.
 */
export function linearGain(
  gradient: Float32Array,
  image: Float32Array,
  point: Float32Array,
): number {
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += gradient[i] * (point[i] - image[i]);
  return sum;
}

/**
 * `R(x, delta) = L(x + delta) - [L(x) + <grad L(x), delta>]` in nats: equation (5) of the paper.
 *
 * @param clean The model at `x`
 * @param image `x`, `[H, W, C]`
 * @param moved The model at `x + delta`
 * @param point `x + delta`, `[H, W, C]`
 */
export const linearizationError = (
  clean: Slope,
  image: Float32Array,
  moved: Pick<Slope, "loss">,
  point: Float32Array,
): number => moved.loss - clean.loss - linearGain(clean.gradient, image, point);

/**
 * `||g(x + delta) - g(x)||_1 / ||delta||_inf`, nats per pixel value squared; 0 where the points are
 * the same.
 *
 * The L1 norm is the dual of the L-infinity norm in which perturbations are measured. With `K` the
 * largest such quotient on the segment from `x` to `x + delta`, Hoelder's inequality under the
 * integral of `<g(x + t delta) - g(x), delta>` gives `|R(x, delta)| <= K ||delta||_inf^2 / 2`: the
 * "Lipschitz constant of the gradient" of section 2.5 in the norms of the paper.
 */
export function lipschitzQuotient(
  before: Float32Array,
  image: Float32Array,
  after: Float32Array,
  point: Float32Array,
): number {
  let change = 0, length = 0;
  for (let i = 0; i < image.length; i++) {
    change += Math.abs(after[i] - before[i]);
    length = Math.max(length, Math.abs(point[i] - image[i]));
  }
  return length === 0 ? 0 : change / length;
}

/** Nodes and weights of Gauss and Legendre's quadrature on [0, 1], exact for polynomials of degree 15. */
export const QUADRATURE: readonly (readonly [node: number, weight: number])[] = [
  [0.1834346424956498, 0.3626837833783620],
  [0.5255324099163290, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745],
  [0.9602898564975363, 0.1012285362903763],
].flatMap(([x, w]) => [[(1 - x) / 2, w / 2], [(1 + x) / 2, w / 2]] as const);

/**
 * `R(x, delta)` as the integral of `<g(x + t delta) - g(x), delta>` over t from 0 to 1: a second way
 * to it, by gradients alone. It is exact up to rounding where the loss is smooth along the segment;
 * where a kink is crossed the quadrature errs.
 *
 * @param along The model at `x + t delta` for the nodes `t` of {@linkcode QUADRATURE}
 */
export function integratedError(
  clean: Slope,
  image: Float32Array,
  point: Float32Array,
  along: readonly Pick<Slope, "gradient">[],
): number {
  const first = linearGain(clean.gradient, image, point);
  return along.reduce(
    (sum, { gradient }, n) => sum + QUADRATURE[n][1] * (linearGain(gradient, image, point) - first),
    0,
  );
}
