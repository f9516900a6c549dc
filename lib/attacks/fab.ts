/**
 * FAB, the fast adaptive boundary attack (Croce & Hein 2020): walks along the linearised boundary
 * of the label's region, pulled back to the image, to find the nearest misclassified point. The
 * targeted version follows the boundary to one class, the untargeted one the nearest boundary.
 *
 * @module
 */
import { stream } from "../random/philox.ts";
import { distance, randomDirection } from "./ball.ts";
import { projectToPlane } from "./fab_projection.ts";
import { predict, targetOrder } from "./logits.ts";
import type { Attack, Request } from "./attack.ts";

/** AutoAttack's constants: pull to the image, overshoot beyond the plane, backward step. */
const alphaMax = 0.1, eta = 1.05, beta = 0.9;

/** How FAB is run. */
export interface FabSettings {
  readonly iterations: number;
  /** Runs of the untargeted version, all but the first from a random start; 1 by default. */
  readonly restarts?: number;
}

/** What one run of FAB on one image remembers. */
export interface FabState {
  readonly target: number;
  readonly x: Float32Array;
  /** Iterations done. */
  iteration: number;
  /** What is asked: gradients of the boundaries at `x`, or whether `x` is misclassified. */
  phase: "slope" | "verdict";
  /** Whether the last point was misclassified. */
  outside: boolean;
  /** The untargeted version's search for the nearest boundary. */
  nearest?: Nearest;
}

interface Nearest {
  /** Place in the label's row of other classes, of the class whose boundary is asked for. */
  at: number;
  distance: number;
  difference: number;
  readonly gradient: Float32Array;
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
): Attack<FabState> {
  const variants = Math.min(targets, classes - 1);
  const { move, judge, decidesNothing } = walk(iterations, epsilon);
  return {
    name: "fab-t",
    variants,
    evaluations: 2 * iterations,
    cost: 4 * iterations * variants,
    inBall: false,
    start: ({ image, label, logits }, variant) => ({
      target: targetOrder(logits, label)[variant],
      x: image.slice(),
      iteration: 0,
      phase: "slope",
      outside: false,
    }),
    request(state, { image, label }): Request {
      const { x: point, target } = state, undecided = decidesNothing(state, image);
      const cheap = state.phase === "verdict" && asksCheaply(state, iterations);
      return cheap
        ? { point, label, undecided }
        : { point, label, target, loss: "difference", undecided };
    },
    advance(state, { logits, loss, gradient }, { image, label }) {
      if (state.phase === "slope") return move(state, image, loss, gradient);
      const ended = judge(state, image, label, logits);
      if (ended) return ended;
      // the phase is still the same where the answer holds the next gradient already
      if (state.phase === "verdict") move(state, image, loss, gradient);
    },
  };
}

/**
 * FAB towards the class whose linearised boundary is nearest, anew in each iteration.
 *
 * An iteration asks for the gradients towards all other classes one after another.
 */
export function fab(
  { iterations, restarts = 1 }: FabSettings,
  classes: number,
  epsilon: number,
  seed: bigint | number,
): Attack<FabState> {
  const others = classes - 1, { move, judge, decidesNothing } = walk(iterations, epsilon);
  return {
    name: "fab",
    variants: restarts,
    evaluations: iterations * (others + 1),
    cost: restarts * iterations * (3 * others + 1),
    inBall: false,
    start({ image, index }, restart) {
      const x = image.slice();
      if (restart > 0) startAtRandom(x, epsilon, stream(seed, "fab", restart, index).uniform);
      return {
        target: -1,
        x,
        iteration: 0,
        phase: "slope",
        outside: false,
        nearest: { at: 0, distance: Infinity, difference: 0, gradient: new Float32Array(x.length) },
      };
    },
    request(state, { image, label }): Request {
      const { x: point, nearest } = state, undecided = decidesNothing(state, image);
      if (state.phase === "verdict") return { point, label, undecided };
      const target = nearest!.at + (nearest!.at >= label ? 1 : 0);
      return { point, label, target, loss: "difference", undecided };
    },
    advance(state, { logits, loss, gradient }, { image, label }) {
      const nearest = state.nearest!;
      if (state.phase === "verdict") return judge(state, image, label, logits);
      const steepness = gradient.reduce((sum, value) => sum + Math.abs(value), 0);
      const distance = Math.abs(loss) / (1e-12 + steepness);
      if (distance < nearest.distance) {
        nearest.distance = distance;
        nearest.difference = loss;
        nearest.gradient.set(gradient);
      }
      if (++nearest.at < others) return;
      move(state, image, nearest.difference, nearest.gradient);
      nearest.at = 0;
      nearest.distance = Infinity;
    },
  };
}

/**
 * Whether to ask for logits only where a verdict is due. A point that is still classified as
 * labelled is where the next gradient is needed, a misclassified one is not: guess from the last
 * point which of the two evaluations to pay for.
 */
const asksCheaply = ({ iteration, outside }: FabState, iterations: number) =>
  iteration === iterations || outside;

/** What both versions do with a boundary and with a verdict. */
function walk(iterations: number, epsilon: number) {
  // no lane needs them for longer than a move
  let own = new Float64Array(0), back = own;
  return {
    /** Whether only a slope is wanted, or the point is too far from the image to count. */
    decidesNothing: ({ phase, x }: FabState, image: Float32Array) =>
      phase === "slope" || distance(x, image) > epsilon,
    /** Steps to the plane `{v: difference + <gradient, v - x> = 0}` and is pulled to the image. */
    move(
      state: FabState,
      image: Float32Array,
      difference: number,
      gradient: Float32Array,
    ): undefined {
      const { x } = state, size = x.length;
      if (own.length !== size) [own, back] = [new Float64Array(size), new Float64Array(size)];
      let fromImage = difference;
      for (let i = 0; i < size; i++) fromImage += gradient[i] * (image[i] - x[i]);
      const a1 = Math.max(projectToPlane(x, gradient, difference, own), 1e-8);
      const a2 = Math.max(projectToPlane(image, gradient, fromImage, back), 1e-8);
      const pull = Math.min(a1 / (a1 + a2), alphaMax);
      for (let i = 0; i < size; i++) {
        const moved = (1 - pull) * (x[i] + eta * own[i]) + pull * (image[i] + eta * back[i]);
        x[i] = Math.min(1, Math.max(0, moved));
      }
      state.iteration++;
      state.phase = "verdict";
    },
    /** Ends the run at a point that counts, steps back from one beyond the boundary. */
    judge(state: FabState, image: Float32Array, label: number, logits: Float32Array) {
      const { x } = state, cheap = asksCheaply(state, iterations);
      state.outside = predict(logits) !== label;
      if (state.outside) {
        if (distance(x, image) <= epsilon) return { point: x, fooled: true };
        for (let i = 0; i < x.length; i++) x[i] = image[i] + beta * (x[i] - image[i]);
      }
      if (state.iteration === iterations) return { point: image, fooled: false };
      if (state.outside || cheap || state.nearest) state.phase = "slope";
      return undefined;
    },
  };
}

/** Half of epsilon, at most, into a uniform direction, inside the box. */
function startAtRandom(x: Float32Array, epsilon: number, uniform: () => number): void {
  const direction = randomDirection(x.length, uniform);
  for (let i = 0; i < x.length; i++) {
    x[i] = Math.min(1, Math.max(0, x[i] + 0.5 * epsilon * direction[i]));
  }
}
