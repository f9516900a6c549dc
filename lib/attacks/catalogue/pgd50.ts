/** PGD-50, the attack of the second column of the paper's Table 1. @module */
import { LIMITS } from "../../limits.ts";
import { boolean, number, object, oneOf } from "../../schema.ts";
import { crossEntropy } from "../loss.ts";
import type { SingleAttack } from "../rule.ts";
import { pgd, type PgdSettings, type PgdState } from "./_pgd.ts";

/** PGD on the cross-entropy. */
export const attack: SingleAttack<PgdSettings, PgdState> = {
  kind: "attack",
  name: "pgd50",
  title: "PGD-50",
  source: "Madry et al. 2018, section 2.1",
  gradient: true,
  losses: { cross_entropy: crossEntropy },
  weakerThan: ["apgd-t", "autoattack"],
  parameters: object({
    steps: number(LIMITS.iterations),
    step_size: number(LIMITS.stepSize),
    random_start: boolean,
    restarts: number(LIMITS.restarts),
    keep: oneOf("last", "best"),
  }),
  defaults: (epsilon) => ({
    steps: 50,
    // 2/255 where epsilon is 8/255; a ball of one point takes any step
    step_size: epsilon > 0 ? epsilon / 4 : 2 / 255,
    random_start: true,
    restarts: 1,
    keep: "last",
  }),
  create: (settings, target) => pgd("pgd50", settings, target),
};
