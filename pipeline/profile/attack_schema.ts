/**
 * The section `attacks` of a profile: what all attacks have in common, and the settings of each by its
 * name. The table's columns are these names in their order.
 *
 * @module
 */
import { type AttackRules, rulesOf } from "../../lib/attacks/plan.ts";
import type { ChosenAttack } from "../../lib/attacks/rule.ts";
import { LIMITS } from "../../lib/limits.ts";
import { loadAttackRules } from "../../lib/rules/attacks.ts";
import { type RuleFile, ruleFile } from "../../lib/rules/mod.ts";
import {
  inOrder,
  number,
  object,
  oneOf,
  optional,
  type Schema,
  withDefaults,
} from "../../lib/schema.ts";
import { PRECISIONS } from "../../lib/training/recipe.ts";

/** All attacks there are. */
export const ATTACK_RULES: AttackRules = await loadAttackRules();

const common = {
  images: number(LIMITS.attackedImages),
  batch_size: number(LIMITS.batch),
  epsilon: number(LIMITS.epsilon),
  search_precision: optional(oneOf(...PRECISIONS)),
};

const commonSchema = object(common);

/** What the section holds; every other key is the name of an attack, with its settings. */
export type AttackSection = ReturnType<typeof commonSchema> & Readonly<Record<string, unknown>>;

/** The section for a radius, on which published settings depend. */
const sectionFor = (epsilon: number) =>
  inOrder(object({
    ...common,
    ...Object.fromEntries(
      Object.values(ATTACK_RULES).map(({ name, parameters, defaults }) => [
        name,
        optional(withDefaults<unknown>(parameters, { ...defaults(epsilon) })),
      ]),
    ),
  })) as Schema<AttackSection>;

/** The section; settings that it leaves out are as published. */
export const attacksSchema: Schema<AttackSection> = Object.assign(
  ((value, path, issues) => {
    const { epsilon } = { epsilon: undefined, ...value as object };
    const known = common.epsilon(epsilon, "", []) ?? 0;
    const read = sectionFor(known)(value, path, issues);
    if (issues.length === 0 && chosenAttacks(read).length === 0) {
      issues.push({
        path,
        text: `has no attack, expected at least one of ${Object.keys(ATTACK_RULES).join(", ")}`,
      });
    }
    return read;
  }) as Schema<AttackSection>,
  { form: sectionFor(0).form },
);

/** The attacks of a section, in order, with their settings. */
export const chosenAttacks = (section: AttackSection): ChosenAttack[] =>
  Object.keys(section).filter((name) => name in ATTACK_RULES)
    .map((attack) => ({ attack, settings: section[attack] as object }));

/**
 * An attack of a profile at another radius than its `attacks.epsilon`: settings whose published values
 * depend on the radius, such as the length of a step, grow as it does.
 */
export function atRadius(chosen: ChosenAttack, from: number, to: number): ChosenAttack {
  if (from === to) return chosen;
  const { defaults } = ATTACK_RULES[chosen.attack];
  const [before, after] = [from, to].map((epsilon) => ({ ...defaults(epsilon) }) as Settings);
  const settings = Object.entries(chosen.settings as Settings).map(([name, value]) => [
    name,
    typeof value === "number" && before[name] !== after[name] && from > 0
      ? value * to / from
      : value,
  ]);
  return { ...chosen, settings: Object.fromEntries(settings) };
}

type Settings = Readonly<Record<string, unknown>>;

/** Files of the rules that a cell runs: its attacks, and the members of its ensembles. */
export const attackFiles = (chosen: readonly ChosenAttack[], epsilon: number): RuleFile[] =>
  rulesOf(ATTACK_RULES, chosen, epsilon).map((name) => ruleFile("attack", name));
