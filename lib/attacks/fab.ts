/**
 * FAB, the fast adaptive boundary attack (Croce & Hein 2020), targeted: walks along the linearised
 * boundary between the label and a target class, pulled back to the image, to find the nearest
 * misclassified point.
 *
 * @module
 */
import { distance } from "./ball.ts";
import { projectToPlane } from "./fab_projection.ts";
import { predict, targetOrder } from "./logits.ts";
import type { Attack, Lane, Sample } from "./request.ts";

/** AutoAttack's constants: pull to the image, overshoot beyond the plane, backward step. */
const alphaMax = 0.1, eta = 1.05, beta = 0.9;

/** How FAB is run. */
export interface FabSettings {
  readonly iterations: number;
}

/**
 * FAB towards each of the highest classes of the clean image besides the label. The walk is not
 * bound to the ball; a point counts when it is in the ball and misclassified.
 */
export function fabTargeted(
  { iterations }: FabSettings,
  targets: number,
  classes: number,
  epsilon: number,
): Attack {
  const variants = Math.min(targets, classes - 1);
  return {
    name: "fab-t",
    variants,
    evaluations: 2 * iterations,
    cost: 4 * iterations * variants,
    start: (sample, variant) =>
      fabLane(sample, targetOrder(sample.logits, sample.label)[variant], iterations, epsilon),
  };
}

/** One run of FAB on one image towards one class; ends at the first point that counts. */
export function* fabLane(
  { image, label }: Pick<Sample, "image" | "label">,
  target: number,
  iterations: number,
  epsilon: number,
): Lane {
  const size = image.length, x = image.slice();
  const own = new Float64Array(size), back = new Float64Array(size);
  const slope = { point: x, label, target, loss: "difference" } as const;
  let response = yield slope, outside = false;
  for (let k = 0; k < iterations; k++) {
    const { loss: difference, gradient } = response;
    // the plane is {v: difference + <gradient, v - x> = 0}
    let fromImage = difference;
    for (let i = 0; i < size; i++) fromImage += gradient[i] * (image[i] - x[i]);
    const a1 = Math.max(projectToPlane(x, gradient, difference, own), 1e-8);
    const a2 = Math.max(projectToPlane(image, gradient, fromImage, back), 1e-8);
    const pull = Math.min(a1 / (a1 + a2), alphaMax);
    for (let i = 0; i < size; i++) {
      const moved = (1 - pull) * (x[i] + eta * own[i]) + pull * (image[i] + eta * back[i]);
      x[i] = Math.min(1, Math.max(0, moved));
    }
    // A point that is still classified as labelled is where the next gradient is needed, a
    // misclassified one is not: guess from the last point which of the two evaluations to pay for
    const last = k + 1 === iterations, cheap = last || outside;
    response = yield cheap ? { point: x, label } : slope;
    outside = predict(response.logits) !== label;
    if (outside) {
      if (distance(x, image) <= epsilon) return { point: x, fooled: true };
      for (let i = 0; i < size; i++) x[i] = image[i] + beta * (x[i] - image[i]);
    }
    if (!last && (outside || cheap)) response = yield slope;
  }
  return { point: image, fooled: false };
}
