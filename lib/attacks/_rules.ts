/** All attacks there are, for tests. @module */
import { PERMITTED } from "../../tests/permitted.ts";
import { loadAttackRules } from "../rules/attacks.ts";
import { attack as apgdCe } from "./catalogue/apgd_ce.ts";
import { attack as apgdDlr } from "./catalogue/apgd_dlr.ts";
import { attack as apgdT } from "./catalogue/apgd_t.ts";
import { attack as autoattack } from "./catalogue/autoattack.ts";
import { attack as fab } from "./catalogue/fab.ts";
import { attack as fabT } from "./catalogue/fab_t.ts";
import { attack as pgd50 } from "./catalogue/pgd50.ts";
import { attack as square } from "./catalogue/square.ts";
import { type AttackRules, lossesOf, planAttacks } from "./plan.ts";
import type { Attack } from "./attack.ts";
import type { AttackTarget, ChosenAttack } from "./rule.ts";

/**
 * By name. A test that may not read the folder has those that are imported here; `deno task test` has
 * all.
 */
export const rules: AttackRules = PERMITTED ? await loadAttackRules() : Object.fromEntries(
  [pgd50, autoattack, apgdCe, apgdDlr, apgdT, fab, fabT, square].map((rule) => [rule.name, rule]),
);

/** The rules that run by themselves. */
export const singles = Object.values(rules).filter((rule) => rule.kind === "attack");

/** All losses that attacks ask for. */
export const losses = lossesOf(singles);

/** Attacks of a list; settings that it leaves out are as published. */
export const plan = (chosen: readonly ChosenAttack[], target: AttackTarget): Attack[] =>
  planAttacks(rules, chosen, target).map(({ attack }) => attack);

/** One attack. */
export const planOne = (attack: string, settings: object, target: AttackTarget): Attack =>
  plan([{ attack, settings }], target)[0];

/** AutoAttack's attacks under its settings. */
export const planAutoAttack = (
  { classes, image }: Pick<AttackTarget, "classes" | "image">,
  settings: object,
  epsilon: number,
  seed: number,
): Attack[] => plan([{ attack: "autoattack", settings }], { classes, image, epsilon, seed });
