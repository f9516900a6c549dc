/**
 * One run of Auto-PGD (Croce & Hein 2020, algorithm 1): gradient ascent with momentum whose step size
 * halves at checkpoints where the loss has stopped rising, starting again from the best point.
 *
 * @module
 */
import { type Ball, ballAround, project, randomDirection } from "../ball.ts";
import { predict } from "../logits.ts";
import type { Attack, Outcome, Request, Response } from "../attack.ts";

/** Share of steps in a window that must have raised the loss, the paper's rho. */
const rho = 0.75;
/** Weight of the gradient step against the momentum after the first step, the paper's alpha. */
const alpha = 0.75;

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

/** What one run of APGD on one image remembers. */
export interface ApgdState {
  readonly target?: number;
  /** Bounds of the point, and the first step size. */
  readonly ball: Ball;
  readonly x: Float32Array;
  readonly previous: Float32Array;
  readonly best: Float32Array;
  readonly bestGradient: Float32Array;
  /** Loss after each iteration. */
  readonly history: Float64Array;
  /** Sum of the gradients at `x` so far, where more than one is averaged. */
  sum?: Float64Array;
  evaluated: number;
  /** Iterations done; -1 before the first evaluation. */
  iteration: number;
  highest: number;
  highestBefore: number;
  eta: number;
  reducedBefore: boolean;
  /** Checkpoints passed. */
  checkpoint: number;
}

/**
 * Begins at a uniform direction from the image, scaled so that its longest coordinate touches the
 * ball.
 *
 * @param uniform Numbers in [0, 1)
 */
export function startApgd(
  image: Float32Array,
  epsilon: number,
  uniform: () => number,
  { iterations, target }: { readonly iterations: number; readonly target?: number },
): ApgdState {
  const ball = ballAround(image, epsilon);
  const direction = randomDirection(image.length, uniform);
  const x = image.map((value, i) => value + epsilon * direction[i]);
  project(ball, x);
  return {
    target,
    ball,
    x,
    previous: x.slice(),
    best: x.slice(),
    bestGradient: new Float32Array(x.length),
    history: new Float64Array(iterations),
    evaluated: 0,
    iteration: -1,
    highest: -Infinity,
    highestBefore: -Infinity,
    eta: 2 * epsilon,
    reducedBefore: true,
    checkpoint: 0,
  };
}

/** The steps of one run; it ends at the first misclassified point. */
export function apgd(
  { iterations, eot, loss }: {
    readonly iterations: number;
    readonly eot: number;
    /** Name of the loss to climb. */
    readonly loss: string;
  },
): Pick<Attack<ApgdState>, "evaluations" | "inBall" | "request" | "advance"> {
  const steps = checkpoints(iterations);
  return {
    evaluations: eot * (iterations + 1),
    inBall: true,
    request: (state, { label }): Request => ({ point: state.x, label, loss, target: state.target }),
    advance(state, response, { label }): Outcome | undefined {
      const gradient = average(state, response, eot);
      if (!gradient) return;
      if (predict(response.logits) !== label) return { point: state.x, fooled: true };
      const next = learn(state, response.loss, gradient, steps);
      if (++state.iteration === iterations) return { point: state.best, fooled: false };
      step(state, next);
    },
  };
}

/** The mean of `eot` gradients, once there are so many. */
function average(
  state: ApgdState,
  { gradient }: Response,
  eot: number,
): ArrayLike<number> | undefined {
  if (eot === 1) return gradient;
  const sum = state.sum ??= new Float64Array(gradient.length);
  for (let i = 0; i < sum.length; i++) sum[i] += gradient[i];
  if (++state.evaluated < eot) return;
  const mean = sum.map((value) => value / eot);
  sum.fill(0);
  state.evaluated = 0;
  return mean;
}

/** Keeps the best point and halves the step at checkpoints; returns the gradient to follow. */
function learn(
  state: ApgdState,
  loss: number,
  gradient: ArrayLike<number>,
  steps: readonly number[],
): ArrayLike<number> {
  const { iteration: k, history, best, bestGradient, x } = state;
  if (k >= 0) history[k] = loss;
  if (k < 0 || loss > state.highest) {
    state.highest = loss;
    best.set(x);
    bestGradient.set(gradient);
  }
  if (k < 0) state.highestBefore = loss;
  if (k < 0 || k + 1 !== steps[state.checkpoint]) return gradient;
  const window = k + 1 - (steps[state.checkpoint - 1] ?? 0);
  const stalled = rises(history, k, window) <= rho * window;
  const reduced = stalled || (!state.reducedBefore && state.highest <= state.highestBefore);
  state.reducedBefore = reduced;
  state.highestBefore = state.highest;
  state.checkpoint++;
  if (!reduced) return gradient;
  state.eta /= 2;
  x.set(best); // `previous` stays: the next momentum leads from it to the best point
  return bestGradient;
}

/** One step along the gradient's sign and the momentum. */
function step(
  { ball: { lower, upper }, x, previous, eta, iteration }: ApgdState,
  gradient: ArrayLike<number>,
): void {
  const a = iteration === 0 ? 1 : alpha;
  for (let i = 0; i < x.length; i++) {
    const low = lower[i], high = upper[i], at = x[i];
    const step = clip(Math.fround(at + eta * Math.sign(gradient[i])), low, high);
    const next = at + a * (step - at) + (1 - a) * (at - previous[i]);
    previous[i] = at;
    x[i] = clip(Math.fround(next), low, high);
  }
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
