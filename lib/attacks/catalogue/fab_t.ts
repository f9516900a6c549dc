/** FAB towards each of the highest classes of the clean image besides the label. @module */
import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import type { Attack, Request } from "../attack.ts";
import { targetOrder } from "../logits.ts";
import { difference } from "../loss.ts";
import type { AttackTarget, SingleAttack } from "../rule.ts";
import { asksCheaply, type FabState, publishedIterations, walk } from "./_fab.ts";

/** How targeted FAB is run. */
export interface FabTargetedSettings {
  readonly iterations: number;
  /** Target classes; all others where there are fewer. */
  readonly targets: number;
}

/** FAB towards the highest other classes. */
export const attack: SingleAttack<FabTargetedSettings, FabState> = {
  kind: "attack",
  name: "fab-t",
  title: "FAB-T",
  source: "Croce & Hein 2020, algorithm 1 and its targeted version; autoattack.py of its authors",
  gradient: true,
  losses: { difference },
  parameters: object({
    iterations: number(LIMITS.iterations),
    targets: number(LIMITS.targets),
  }),
  defaults: () => ({ iterations: publishedIterations, targets: 9 }),
  create,
};

/**
 * The walk is not bound to the ball; a point counts when it is in the ball and misclassified.
 */
function create(
  { iterations, targets }: FabTargetedSettings,
  { classes, epsilon }: AttackTarget,
): Attack<FabState> {
  const variants = Math.min(targets, classes - 1);
  const { move, judge, decides } = walk(iterations, epsilon);
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
      const common = { point: state.x, label, decides: decides(state, image) };
      const cheap = state.phase === "verdict" && asksCheaply(state, iterations);
      return cheap ? common : { ...common, target: state.target, loss: "difference" };
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
