/**
 * The points an attack may reach: the L-infinity ball around an image, cut by the box [0, 1].
 *
 * @module
 */

const float = new Float32Array(1), bits = new Int32Array(float.buffer);

/** The next float32 towards `+Infinity` (`direction` 1) or `-Infinity` (-1); `value` not 0. */
function neighbour(value: number, direction: 1 | -1): number {
  float[0] = value;
  bits[0] += value > 0 ? direction : -direction;
  return float[0];
}

/**
 * Bounds of each coordinate: a point with `lower <= point <= upper` is in the ball and the box.
 *
 * Points are float32, and so are the bounds: where rounding `image ± epsilon` to float32 goes outside
 * of the ball, the next float32 inside is taken. So `|point - image| <= epsilon` holds exactly, not
 * only up to rounding, in whatever precision a reader checks it.
 */
export interface Ball {
  /** `[H, W, C]` */
  readonly lower: Float32Array;
  readonly upper: Float32Array;
}

/** The ball of radius `epsilon` around an image with pixels in [0, 1]. */
export function ballAround(image: Float32Array, epsilon: number): Ball {
  const lower = new Float32Array(image.length), upper = new Float32Array(image.length);
  for (let i = 0; i < image.length; i++) {
    const x = image[i];
    let low = Math.fround(x - epsilon), high = Math.fround(x + epsilon);
    if (low !== 0 && x - low > epsilon) low = neighbour(low, 1);
    if (high - x > epsilon) high = neighbour(high, -1);
    lower[i] = Math.max(0, low);
    upper[i] = Math.min(1, high);
  }
  return { lower, upper };
}

/** Moves a point to the nearest one of the ball and the box, in place. */
export function project({ lower, upper }: Ball, point: Float32Array): Float32Array {
  for (let i = 0; i < point.length; i++) {
    if (point[i] < lower[i]) point[i] = lower[i];
    else if (point[i] > upper[i]) point[i] = upper[i];
  }
  return point;
}

/**
 * A uniform direction whose longest coordinate is 1.
 *
 * @param uniform Numbers in [0, 1)
 */
export function randomDirection(size: number, uniform: () => number): Float64Array {
  const noise = Float64Array.from({ length: size }, () => 2 * uniform() - 1);
  const longest = noise.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return noise.map((value) => value / (longest + 1e-12)); // as published, and for a draw of zeros
}

/** `|a - b|_inf`, exact. */
export function distance(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}
