/**
 * FAB, the fast adaptive boundary attack (Croce & Hein, "Minimally distorted adversarial examples with
 * a fast adaptive boundary attack", 2020): it walks along the linearised boundary of the label's
 * region, pulled back to the image, to find the nearest misclassified point. The targeted version
 * follows the boundary to one class, the untargeted one the nearest boundary.
 *
 * @module
 */
import { distance } from "../ball.ts";
import { predict } from "../logits.ts";
import { projectToPlane } from "./_fab_projection.ts";

/** AutoAttack's constants: pull to the image, overshoot beyond the plane, backward step. */
const alphaMax = 0.1, eta = 1.05, beta = 0.9;

/** The published number of iterations. */
export const publishedIterations = 100;

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
 * Whether to ask for logits only where a verdict is due. A point that is still classified as
 * labelled is where the next gradient is needed, a misclassified one is not: guess from the last
 * point which of the two evaluations to pay for.
 */
export const asksCheaply = ({ iteration, outside }: FabState, iterations: number) =>
  iteration === iterations || outside;

/** What both versions do with a boundary and with a verdict. */
export function walk(iterations: number, epsilon: number) {
  // no lane needs them for longer than a move
  let own = new Float64Array(0), back = own;
  return {
    /** Whether a verdict is wanted, and the point is near enough to the image to count. */
    decides: ({ phase, x }: FabState, image: Float32Array) =>
      phase === "verdict" && distance(x, image) <= epsilon,
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
