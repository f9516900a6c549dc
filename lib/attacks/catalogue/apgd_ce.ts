/** APGD on the cross-entropy. @module */
import { crossEntropy } from "../loss.ts";
import type { SingleAttack } from "../rule.ts";
import type { ApgdState } from "./_apgd.ts";
import { type ApgdSettings, untargeted } from "./_apgd_untargeted.ts";

/** APGD on the cross-entropy. */
export const attack: SingleAttack<ApgdSettings, ApgdState> = {
  kind: "attack",
  name: "apgd-ce",
  title: "APGD-CE",
  source: "Croce & Hein 2020, algorithm 1; autoattack.py of its authors",
  gradient: true,
  losses: { cross_entropy: crossEntropy },
  ...untargeted("apgd-ce", "cross_entropy"),
};
