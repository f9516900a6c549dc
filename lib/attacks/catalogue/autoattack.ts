/**
 * AutoAttack (Croce & Hein 2020; its authors' `autoattack.py` for the versions): `standard` for the
 * leaderboard, `plus` with more of them, `rand` for models that answer at random, or a list of one's
 * own.
 *
 * @module
 */
import { LIMITS } from "../../limits.ts";
import { type Issue, list, number, object, oneOf, optional, refined } from "../../schema.ts";
import type { ChosenAttack, Ensemble } from "../rule.ts";

/** Attacks that a version may consist of. */
const members = ["apgd-ce", "apgd-dlr", "apgd-t", "fab", "fab-t", "square"] as const;

type Member = typeof members[number];

/** Members in their order, and what a version sets for all of them. */
const versions = {
  standard: { attacks: ["apgd-ce", "apgd-t", "fab-t", "square"], restarts: 1, eot: 1 },
  plus: {
    attacks: ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"],
    restarts: 5,
    eot: 1,
  },
  rand: { attacks: ["apgd-ce", "apgd-dlr"], restarts: 1, eot: 20 },
} as const;

/** How AutoAttack is run. */
export interface AutoAttackSettings {
  readonly version: keyof typeof versions | "custom";
  /** The members of a `custom` version, in order. */
  readonly attacks?: readonly Member[];
  readonly apgd_iterations: number;
  readonly apgd_targets: number;
  readonly fab_iterations: number;
  readonly fab_targets: number;
  readonly square_queries: number;
  /** Runs of `apgd-ce`, `apgd-dlr` and `fab`; the version's own by default (1; 5 in `plus`). */
  readonly restarts?: number;
  /** Gradients that APGD averages at each point; the version's own by default (1; 20 in `rand`). */
  readonly eot?: number;
}

/** The ensemble. */
export const attack: Ensemble<AutoAttackSettings> = {
  kind: "ensemble",
  name: "autoattack",
  title: "AutoAttack-Linf",
  source: "Croce & Hein 2020, section 6; autoattack.py of its authors",
  parameters: refined(
    object({
      version: oneOf("standard", "plus", "rand", "custom"),
      attacks: optional(list(oneOf(...members), { min: 1 })),
      apgd_iterations: number(LIMITS.iterations),
      apgd_targets: number(LIMITS.targets),
      fab_iterations: number(LIMITS.iterations),
      fab_targets: number(LIMITS.targets),
      square_queries: number(LIMITS.queries),
      restarts: optional(number(LIMITS.restarts)),
      eot: optional(number(LIMITS.restarts)),
    }),
    listIssues,
  ),
  defaults: () => ({
    version: "standard",
    apgd_iterations: 100,
    apgd_targets: 9,
    fab_iterations: 100,
    fab_targets: 9,
    square_queries: 5000,
  }),
  members(settings) {
    const { version, apgd_iterations, fab_iterations, square_queries } = settings;
    const own = version === "custom"
      ? { attacks: settings.attacks ?? [], restarts: 1, eot: 1 }
      : versions[version];
    const { restarts = own.restarts, eot = own.eot } = settings;
    const settingsOf: Readonly<Record<Member, object>> = {
      "apgd-ce": { iterations: apgd_iterations, restarts, eot },
      "apgd-dlr": { iterations: apgd_iterations, restarts, eot },
      "apgd-t": { iterations: apgd_iterations, targets: settings.apgd_targets, eot },
      "fab": { iterations: fab_iterations, restarts },
      "fab-t": { iterations: fab_iterations, targets: settings.fab_targets },
      "square": { queries: square_queries },
    };
    return own.attacks.map((attack): ChosenAttack => ({
      attack,
      settings: settingsOf[attack],
    }));
  },
};

/** A list of attacks makes the version `custom`, and has each attack once. */
function listIssues({ version, attacks }: AutoAttackSettings): Issue[] {
  if (version === "custom" && attacks === undefined) {
    return [{
      path: "attacks",
      text: "is missing, expected the list of attacks of version custom",
    }];
  }
  if (version !== "custom" && attacks !== undefined) {
    return [{
      path: "attacks",
      text: `is ${JSON.stringify(attacks)}, expected none: version ${version} has its own`,
    }];
  }
  const again = (attacks ?? []).findIndex((name, index) => attacks!.indexOf(name) !== index);
  return again < 0 ? [] : [{
    path: `attacks[${again}]`,
    text: `is "${attacks![again]}", expected each attack once`,
  }];
}
