/** Which attacks `deno task evaluate` runs, and how. @module */
import type { AttackRule, ChosenAttack } from "../../lib/attacks/rule.ts";
import { fieldsOf, type Issue } from "../../lib/schema.ts";
import { nearest } from "../../pipeline/cells/nearest.ts";
import { ATTACK_RULES } from "../../pipeline/profile/attack_schema.ts";
import type { Option } from "../common/help.ts";
import { UsageError } from "../common/options.ts";
import { suggestion } from "../common/values.ts";

/** Options that stand for `--set`. */
const SHORT: Readonly<Record<string, readonly [attack: string, setting: string]>> = {
  "version": ["autoattack", "version"],
  "pgd-step": ["pgd50", "step_size"],
  "pgd-restarts": ["pgd50", "restarts"],
  "pgd-keep": ["pgd50", "keep"],
};

/** Their names. */
export const SHORT_OPTIONS: readonly string[] = Object.keys(SHORT);

const NAMES = Object.keys(ATTACK_RULES);

/** These options for the help text. */
export const ATTACK_OPTIONS: readonly Option[] = [
  [
    "--attack NAME",
    `${
      NAMES.join(", ")
    }; several with commas, each on the images that the ones before left robust (default: autoattack)`,
  ],
  ["--version NAME", "of autoattack: standard, plus or rand (default: standard)"],
  ["--pgd-step X", "step size of pgd50 (default: a quarter of epsilon)"],
  ["--pgd-restarts N", "random starts of pgd50 (default: 1)"],
  ["--pgd-keep WHICH", "points of pgd50 that count: last, or best for all (default: last)"],
  [
    "--set A.KEY=VALUE",
    "any setting of an attack, for example square.queries=1000 (default: as published)",
  ],
];

/** The options of a command line that are about attacks. */
interface AttackOptions {
  /** Those with one value. */
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly attack?: readonly string[];
  readonly set?: readonly string[];
}

/** A setting, and the option by which it is given. */
interface Given {
  readonly option: string;
  readonly text: string;
  readonly attack: string;
  readonly setting: string;
  readonly value: string;
}

/**
 * The attacks of a command line, in order; what it does not set is as published.
 *
 * @param epsilon Radius in pixels in [0, 1]
 * @throws {UsageError} If there is no such attack or setting, a value is not allowed, or an attack
 * runs twice
 */
export function readAttackOptions(
  { texts, attack = [], set = [] }: AttackOptions,
  epsilon: number,
): ChosenAttack[] {
  const named = attack.flatMap((text) => text.split(",")).map((name) => name.trim());
  for (const name of named) {
    if (!NAMES.includes(name)) {
      refuse({ option: "attack", text: name }, NAMES.join(", ") + suggestion(name, NAMES));
    }
  }
  const names = named.length === 0 ? ["autoattack"] : named;
  const given = [...readShort(texts), ...set.map(readSet)];
  for (const { option, text, attack } of given) {
    if (names.includes(attack)) continue;
    throw new UsageError(
      `Cannot use "--${option} ${text}": it is ${attack}'s, but the attacks are ${
        names.join(", ")
      }; add "--attack ${attack}"`,
    );
  }
  const chosen = names.map((name) =>
    readSettings(ATTACK_RULES[name], epsilon, given.filter(({ attack }) => attack === name))
  );
  refuseTwice(chosen);
  return chosen;
}

function refuse({ option, text }: Pick<Given, "option" | "text">, expected: string): never {
  throw new UsageError(`Cannot use "--${option} ${text}": expected ${expected}`);
}

const readShort = (texts: AttackOptions["texts"]): Given[] =>
  Object.entries(SHORT).flatMap(([option, [attack, setting]]) => {
    const text = texts[option];
    return text === undefined ? [] : [{ option, text, attack, setting, value: text }];
  });

function readSet(text: string): Given {
  const [, attack, setting, value] = /^([^.=]+)\.([^=]+)=(.+)$/.exec(text) ?? [];
  const own = { option: "set", text };
  if (attack === undefined) refuse(own, "ATTACK.SETTING=VALUE, for example square.queries=1000");
  if (!NAMES.includes(attack)) refuse(own, `an attack of ${NAMES.join(", ")}`);
  const settings = Object.keys(fieldsOf(ATTACK_RULES[attack].parameters));
  if (!settings.includes(setting)) {
    refuse(own, `a setting of ${attack}; nearest is "${nearest(setting, settings, 1)[0]}"`);
  }
  return { ...own, attack, setting, value };
}

/** A number, true, false, a list, or a text as it is; fractions are the schema's. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readSettings(
  { name, parameters, defaults }: AttackRule,
  epsilon: number,
  given: readonly Given[],
): ChosenAttack {
  const settings: Record<string, unknown> = { ...defaults(epsilon) };
  for (const own of given) {
    const { setting, value } = own, issues: Issue[] = [];
    // words first: a value that a list of words allows is not a number
    fieldsOf(parameters)[setting](settings[setting] = parse(value), "", issues);
    if (issues.length > 0) refuse(own, expectedOf(issues[0]));
  }
  const issues: Issue[] = [], read = parameters(settings, "", issues);
  if (issues.length > 0) {
    throw new UsageError(`Cannot run ${name}: ${issues[0].path} ${issues[0].text}`);
  }
  return { attack: name, settings: read };
}

/** What a value that is refused should have been. */
const expectedOf = ({ text, expected = text }: Issue): string => expected;

/** An attack that runs again with the same seed finds nothing that it did not find before. */
function refuseTwice(chosen: readonly ChosenAttack[]): void {
  const seen = new Map<string, string>();
  for (const { attack, settings } of chosen) {
    const rule = ATTACK_RULES[attack];
    const names = rule.kind === "ensemble"
      ? rule.members(settings).map(({ attack }) => attack)
      : [attack];
    for (const name of names) {
      const earlier = seen.get(name);
      if (earlier !== undefined) {
        throw new UsageError(
          `Cannot run "${name}" twice: it is part of ${earlier} and of ${attack}; name it once`,
        );
      }
      seen.set(name, attack);
    }
  }
}
