/**
 * Projected gradient descent on the cross-entropy (Madry et al. 2018); one step of length epsilon
 * from the image is FGSM (Goodfellow et al. 2015).
 *
 * @module
 */
import { stream } from "../../random/philox.ts";
import type { Attack } from "../attack.ts";
import { type Ball, ballAround, project } from "../ball.ts";
import { predict } from "../logits.ts";
import type { AttackTarget } from "../rule.ts";

/** How PGD is run. */
export interface PgdSettings {
  readonly steps: number;
  /** In pixels in [0, 1], for example 2 / 255. */
  readonly step_size: number;
  /** Whether each restart begins at a uniform point of the ball; else at the image. */
  readonly random_start: boolean;
  /** Runs an image gets until one fools the model. */
  readonly restarts: number;
  /**
   * Which iterates count: only the `last` of each restart, or all of them: then the attack ends at
   * the first that is misclassified and otherwise keeps the one of highest loss (`best`).
   */
  readonly keep: "last" | "best";
}

/** What one run of PGD on one image remembers. */
export interface PgdState {
  readonly ball: Ball;
  readonly point: Float32Array;
  readonly best: Float32Array;
  highest: number;
  /** Steps taken. */
  step: number;
}

/**
 * The attack with its settings.
 *
 * @param name Of the attack and its random streams, for example `pgd50`
 */
export function pgd(
  name: string,
  { steps, step_size, random_start, restarts, keep }: PgdSettings,
  { epsilon, seed }: Pick<AttackTarget, "epsilon" | "seed">,
): Attack<PgdState> {
  return {
    name,
    variants: restarts,
    evaluations: steps + 1,
    cost: restarts * (3 * steps + 1),
    inBall: true,
    start({ image, index }, restart) {
      const ball = ballAround(image, epsilon), point = image.slice();
      if (random_start) {
        const noise = stream(seed, name, restart, index);
        for (let i = 0; i < point.length; i++) point[i] += epsilon * (2 * noise.uniform() - 1);
        project(ball, point);
      }
      return { ball, point, best: point.slice(), highest: -Infinity, step: 0 };
    },
    request: ({ point, step }, { label }) =>
      step < steps ? { point, label, loss: "cross_entropy" } : { point, label },
    advance(state, { logits, loss, gradient }, { label }) {
      const { ball, point, best } = state, fooled = predict(logits) !== label;
      if (state.step === steps) {
        if (fooled || keep === "last") return { point, fooled };
        const last = crossEntropy(logits, label);
        return { point: last > state.highest ? point : best, fooled };
      }
      if (keep === "best") {
        if (fooled) return { point, fooled };
        if (loss > state.highest) {
          state.highest = loss;
          best.set(point);
        }
      }
      for (let i = 0; i < point.length; i++) point[i] += step_size * Math.sign(gradient[i]);
      project(ball, point);
      state.step++;
    },
  };
}

function crossEntropy(logits: Float32Array, label: number): number {
  const top = Math.max(...logits);
  return top + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - top), 0)) - logits[label];
}
