/** From attacks and settings as a profile names them to what is run. @module */
import type { Issue } from "../schema.ts";
import type { Attack } from "./attack.ts";
import type { Losses } from "./loss.ts";
import type { AttackRule, AttackTarget, ChosenAttack, SingleAttack } from "./rule.ts";

/** Rules by name: all there are, or those that a cell runs. */
export type AttackRules = Readonly<Record<string, AttackRule>>;

/** An attack that is ready to run, and the rule that made it. */
export interface PlannedAttack {
  readonly rule: SingleAttack;
  readonly attack: Attack;
}

/**
 * Makes the attacks of a list, the members of ensembles among them, in order.
 *
 * @throws {RangeError} If there is no such rule, a setting is not allowed, or there are too few
 * classes
 */
export function planAttacks(
  rules: AttackRules,
  chosen: readonly ChosenAttack[],
  target: AttackTarget,
): PlannedAttack[] {
  return resolve(rules, chosen, target.epsilon).flatMap(({ rule, settings }) => {
    if (rule.kind === "ensemble") return [];
    const { name, classes = 2 } = rule;
    if (target.classes < classes) {
      throw new RangeError(
        `Cannot run ${name} on ${target.classes} classes: its loss needs at least ${classes}`,
      );
    }
    return [{ rule, attack: rule.create(settings, target) }];
  });
}

/**
 * Names of the rules that a list of attacks runs: its own and those of the ensembles' members, each
 * once.
 *
 * @throws As {@linkcode planAttacks}
 */
export function rulesOf(
  rules: AttackRules,
  chosen: readonly ChosenAttack[],
  epsilon: number,
): string[] {
  return [...new Set(resolve(rules, chosen, epsilon).map(({ rule }) => rule.name))];
}

/**
 * All losses that attacks ask for.
 *
 * @throws {TypeError} If two of them call different losses the same
 */
export function lossesOf(rules: readonly AttackRule[]): Losses {
  const losses: Record<string, Losses[string]> = {};
  for (const rule of rules) {
    if (rule.kind === "ensemble") continue;
    for (const [name, loss] of Object.entries(rule.losses)) {
      if ((losses[name] ??= loss) !== loss) {
        throw new TypeError(
          `Cannot attack with ${rule.name}: another attack calls another loss "${name}"; rename it`,
        );
      }
    }
  }
  return losses;
}

/** Rules with their settings, an ensemble before its members. */
function resolve(
  rules: AttackRules,
  chosen: readonly ChosenAttack[],
  epsilon: number,
): { readonly rule: AttackRule; readonly settings: object }[] {
  return chosen.flatMap(({ attack: name, settings: given }) => {
    const rule = rules[name];
    if (rule === undefined) {
      throw new RangeError(
        `Cannot attack with "${name}": expected ${Object.keys(rules).join(", ") || "no attack"}`,
      );
    }
    const issues: Issue[] = [];
    const settings = rule.parameters({ ...rule.defaults(epsilon), ...given }, "", issues);
    if (issues.length > 0) {
      const [{ path, text }] = issues;
      throw new RangeError(`Cannot run ${name}: ${path} ${text}`);
    }
    return rule.kind === "ensemble"
      ? [{ rule, settings }, ...resolve(rules, rule.members(settings), epsilon)]
      : [{ rule, settings }];
  });
}
