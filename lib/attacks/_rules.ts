/** All attacks there are, for tests. @module */
import { loadAttackRules } from "../rules/attacks.ts";
import { lossesOf, planAttacks } from "./plan.ts";
import type { Attack } from "./attack.ts";
import type { AttackTarget, ChosenAttack } from "./rule.ts";

/** By name. */
export const rules = await loadAttackRules();

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
