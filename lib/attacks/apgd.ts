/**
 * Auto-PGD (Croce & Hein 2020, algorithm 1): gradient ascent with momentum whose step size halves
 * at checkpoints where the loss has stopped rising, starting again from the best point.
 *
 * @module
 */
import { stream } from "../random/philox.ts";
import { ballAround, project } from "./ball.ts";
import { predict, targetOrder } from "./logits.ts";
import type { Attack, Lane, Loss, Sample } from "./request.ts";

/** Share of steps in a window that must have raised the loss, the paper's rho. */
const rho = 0.75;
/** Weight of the gradient step against the momentum after the first step, the paper's alpha. */
const alpha = 0.75;

/** How APGD is run. */
export interface ApgdSettings {
  readonly iterations: number;
}

/**
 * Iterations after which the step size is reconsidered, counted from 1: windows of 22 % of the
 * iterations that shrink by 3 % each time, down to 6 %.
 */
export function checkpoints(iterations: number): number[] {
  const share = (part: number) => Math.max(Math.trunc(part * iterations), 1);
  const found: number[] = [], shortest = share(0.06), shrink = share(0.03);
  let window = share(0.22);
  for (let at = window; at <= iterations; at += window) {
    found.push(at);
    window = Math.max(window - shrink, shortest);
  }
  return found;
}

/** APGD on the cross-entropy. */
export function apgdCrossEntropy(
  { iterations }: ApgdSettings,
  epsilon: number,
  seed: bigint | number,
): Attack {
  const name = "apgd-ce";
  return {
    name,
    variants: 1,
    evaluations: iterations + 1,
    cost: 3 * (iterations + 1),
    start: (sample) =>
      apgdLane(sample, {
        loss: "cross_entropy",
        iterations,
        epsilon,
        start: () => stream(seed, name, 0, sample.index).uniform,
      }),
  };
}

/**
 * APGD on the targeted DLR loss, once for each of the highest classes of the clean image besides
 * the label. Any misclassification counts, not only as the target.
 *
 * @param targets Number of target classes; all others where there are fewer
 */
export function apgdTargeted(
  { iterations }: ApgdSettings,
  targets: number,
  classes: number,
  epsilon: number,
  seed: bigint | number,
): Attack {
  const name = "apgd-t", variants = Math.min(targets, classes - 1);
  if (classes < 4) {
    throw new RangeError(
      `Cannot run ${name} on ${classes} classes: the targeted DLR loss needs at least 4`,
    );
  }
  return {
    name,
    variants,
    evaluations: iterations + 1,
    cost: 3 * variants * (iterations + 1),
    start: (sample, variant) =>
      apgdLane(sample, {
        loss: "targeted_dlr",
        target: targetOrder(sample.logits, sample.label)[variant],
        iterations,
        epsilon,
        start: () => stream(seed, name, variant, sample.index).uniform,
      }),
  };
}

/** What one run of APGD is given. */
export interface ApgdRun {
  readonly loss: Loss;
  readonly target?: number;
  readonly iterations: number;
  readonly epsilon: number;
  /** Opens the numbers in [0, 1) that the start is drawn from. */
  readonly start: () => () => number;
}

/** One run of APGD on one image; ends at the first misclassified point. */
export function* apgdLane(
  { image, label }: Pick<Sample, "image" | "label">,
  { loss, target, iterations, epsilon, start }: ApgdRun,
): Lane {
  const ball = ballAround(image, epsilon), size = image.length;
  const x = randomStart(image, epsilon, start());
  project(ball, x);
  const request = { point: x, label, loss, target };
  const first = yield request;
  if (predict(first.logits) !== label) return { point: x, fooled: true };

  const previous = x.slice(), best = x.slice(), bestGradient = first.gradient.slice();
  const steps = checkpoints(iterations), history = new Float64Array(iterations);
  let gradient = first.gradient, highest = first.loss, highestBefore = first.loss;
  let eta = 2 * epsilon, reducedBefore = true, checkpoint = 0;

  for (let k = 0; k < iterations; k++) {
    const a = k === 0 ? 1 : alpha;
    for (let i = 0; i < size; i++) {
      const low = ball.lower[i], high = ball.upper[i], at = x[i];
      const step = clip(Math.fround(at + eta * Math.sign(gradient[i])), low, high);
      const next = at + a * (step - at) + (1 - a) * (at - previous[i]);
      previous[i] = at;
      x[i] = clip(Math.fround(next), low, high);
    }
    const response = yield request;
    gradient = response.gradient;
    history[k] = response.loss;
    if (predict(response.logits) !== label) return { point: x, fooled: true };
    if (response.loss > highest) {
      highest = response.loss;
      best.set(x);
      bestGradient.set(gradient);
    }
    if (k + 1 === steps[checkpoint]) {
      const window = k + 1 - (steps[checkpoint - 1] ?? 0);
      const stalled = rises(history, k, window) <= rho * window;
      const reduced: boolean = stalled || (!reducedBefore && highest <= highestBefore);
      reducedBefore = reduced;
      highestBefore = highest;
      checkpoint++;
      if (reduced) {
        eta /= 2;
        x.set(best); // `previous` stays: the next momentum leads from it to the best point
        gradient = bestGradient;
      }
    }
  }
  return { point: best, fooled: false };
}

/** A uniform direction, scaled so that its longest coordinate touches the ball. */
function randomStart(image: Float32Array, epsilon: number, uniform: () => number): Float32Array {
  const noise = Float64Array.from(image, () => 2 * uniform() - 1);
  const longest = noise.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return image.map((value, i) => value + epsilon * noise[i] / (longest + 1e-12));
}

/**
 * How many of the last `window` steps raised the loss. The first step of all is compared with a slot
 * that is not filled yet and holds 0, as in the reference implementation.
 */
function rises(history: Float64Array, k: number, window: number): number {
  let count = 0;
  for (let j = k; j > k - window; j--) {
    if (history[j] > history[j === 0 ? history.length - 1 : j - 1]) count++;
  }
  return count;
}

const clip = (value: number, low: number, high: number) =>
  value < low ? low : value > high ? high : value;
