/** The projection of the FAB attack. @module */

/**
 * Shortest L-infinity step from a point to a hyperplane that stays in [0, 1] (Croce & Hein, "Minimally
 * distorted adversarial examples with a fast adaptive boundary attack", section 2.2).
 *
 * With `|d_i| = min(radius, room_i)` towards the plane, where `room_i` is the way to the box's wall,
 * the plane is approached by `F(radius) = sum_i |w_i| min(radius, room_i)`, concave and piecewise
 * linear. Newton's method from 0 solves `F(radius) = |gap|`: a tangent of a concave function meets
 * the level before the function does, so the radius grows towards the solution and each step beyond
 * the last kink saturates a coordinate more; it ends after few passes over the coordinates.
 *
 * @param point In [0, 1]
 * @param normal The plane's normal `w`
 * @param gap `<w, point> - b`, how far the point is above the plane `<w, v> = b`
 * @param step Receives the step; each coordinate goes all its way where the plane is out of reach
 * @returns The step's length, its largest coordinate
 */
export function projectToPlane(
  point: ArrayLike<number>,
  normal: ArrayLike<number>,
  gap: number,
  step: Float64Array,
): number {
  const size = point.length, flip = gap < 0 ? -1 : 1, needed = Math.abs(gap);
  // `step` holds the room of each coordinate until the radius is known
  let reach = 0, farthest = 0;
  for (let i = 0; i < size; i++) {
    const w = flip * normal[i];
    step[i] = w > 0 ? point[i] : w < 0 ? 1 - point[i] : 0;
    reach += Math.abs(w) * step[i];
    if (step[i] > farthest) farthest = step[i];
  }
  const radius = reach <= needed ? farthest : solve(normal, step, needed);
  let length = 0;
  for (let i = 0; i < size; i++) {
    const size = Math.min(radius, step[i]);
    if (size > length) length = size;
    step[i] = -Math.sign(flip * normal[i]) * size;
  }
  return length;
}

/** The radius at which `sum_i |w_i| min(radius, room_i)` is `needed`, which is in reach. */
function solve(normal: ArrayLike<number>, room: Float64Array, needed: number): number {
  let radius = 0;
  for (let pass = 0; pass <= room.length; pass++) {
    let slope = 0, saturated = 0;
    for (let i = 0; i < room.length; i++) {
      const weight = Math.abs(normal[i]);
      if (room[i] > radius) slope += weight;
      else saturated += weight * room[i];
    }
    if (slope === 0) break;
    const next = (needed - saturated) / slope;
    if (!(next > radius)) break;
    radius = next;
  }
  return radius;
}
