/**
 * APGD on the targeted DLR loss, once for each of the highest classes of the clean image besides the
 * label. Any misclassification counts, not only as the target.
 *
 * @module
 */
import { LIMITS } from "../../limits.ts";
import { stream } from "../../random/philox.ts";
import { number, object, optional } from "../../schema.ts";
import { targetOrder } from "../logits.ts";
import type { SingleAttack } from "../rule.ts";
import { apgd, type ApgdState, startApgd } from "./_apgd.ts";
import { targetedDlr } from "./_dlr.ts";

/** How targeted APGD is run. */
export interface ApgdTargetedSettings {
  readonly iterations: number;
  /** Target classes; all others where there are fewer. */
  readonly targets: number;
  /** Gradients averaged at each point; 1 by default. */
  readonly eot?: number;
}

/** APGD towards the highest other classes. */
export const attack: SingleAttack<ApgdTargetedSettings, ApgdState> = {
  kind: "attack",
  name: "apgd-t",
  title: "APGD-T",
  source: "Croce & Hein 2020, algorithm 1 and equation 8; autoattack.py of its authors",
  gradient: true,
  losses: { targeted_dlr: targetedDlr },
  classes: 4,
  parameters: object({
    iterations: number(LIMITS.iterations),
    targets: number(LIMITS.targets),
    eot: optional(number(LIMITS.restarts)),
  }),
  defaults: () => ({ iterations: 100, targets: 9 }),
  create({ iterations, targets, eot = 1 }, { classes, epsilon, seed }) {
    const variants = Math.min(targets, classes - 1);
    return {
      name: "apgd-t",
      variants,
      ...apgd({ iterations, eot, loss: "targeted_dlr" }),
      cost: 3 * eot * variants * (iterations + 1),
      start: (sample, variant) =>
        startApgd(sample.image, epsilon, stream(seed, "apgd-t", variant, sample.index).uniform, {
          iterations,
          target: targetOrder(sample.logits, sample.label)[variant],
        }),
    };
  },
};
