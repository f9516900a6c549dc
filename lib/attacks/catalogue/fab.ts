/**
 * FAB towards the class whose linearised boundary is nearest, anew in each iteration.
 *
 * @module
 */
import { LIMITS } from "../../limits.ts";
import { stream } from "../../random/philox.ts";
import { number, object, optional } from "../../schema.ts";
import type { Attack, Request } from "../attack.ts";
import { randomDirection } from "../ball.ts";
import { difference } from "../loss.ts";
import type { AttackTarget, SingleAttack } from "../rule.ts";
import { type FabState, publishedIterations, walk } from "./_fab.ts";

/** How FAB is run. */
export interface FabSettings {
  readonly iterations: number;
  /** Runs an image gets, all but the first from a random start; 1 by default. */
  readonly restarts?: number;
}

/** FAB towards the nearest boundary. */
export const attack: SingleAttack<FabSettings, FabState> = {
  kind: "attack",
  name: "fab",
  title: "FAB",
  source: "Croce & Hein 2020, algorithm 1; autoattack.py of its authors",
  gradient: true,
  losses: { difference },
  parameters: object({
    iterations: number(LIMITS.iterations),
    restarts: optional(number(LIMITS.restarts)),
  }),
  defaults: () => ({ iterations: publishedIterations }),
  create,
};

/** An iteration asks for the gradients towards all other classes one after another. */
function create(
  { iterations, restarts = 1 }: FabSettings,
  { classes, epsilon, seed }: AttackTarget,
): Attack<FabState> {
  const others = classes - 1, { move, judge, decides } = walk(iterations, epsilon);
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
      const { x: point, nearest } = state,
        common = { point, label, decides: decides(state, image) };
      if (state.phase === "verdict") return common;
      const target = nearest!.at + (nearest!.at >= label ? 1 : 0);
      return { ...common, target, loss: "difference" };
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

/** Half of epsilon, at most, into a uniform direction, inside the box. */
function startAtRandom(x: Float32Array, epsilon: number, uniform: () => number): void {
  const direction = randomDirection(x.length, uniform);
  for (let i = 0; i < x.length; i++) {
    x[i] = Math.min(1, Math.max(0, x[i] + 0.5 * epsilon * direction[i]));
  }
}
