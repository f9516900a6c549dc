/** APGD on the difference of logits ratio. @module */
import type { SingleAttack } from "../rule.ts";
import type { ApgdState } from "./_apgd.ts";
import { type ApgdSettings, untargeted } from "./_apgd_untargeted.ts";
import { dlr } from "./_dlr.ts";

/** APGD on the difference of logits ratio. */
export const attack: SingleAttack<ApgdSettings, ApgdState> = {
  kind: "attack",
  name: "apgd-dlr",
  title: "APGD-DLR",
  source: "Croce & Hein 2020, algorithm 1 and equation 6; autoattack.py of its authors",
  gradient: true,
  losses: { dlr },
  classes: 3,
  ...untargeted("apgd-dlr", "dlr"),
};
