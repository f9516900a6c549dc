/**
 * Which attacks AutoAttack consists of (Croce & Hein 2020; its authors' `autoattack.py` for the
 * versions): `standard` for the leaderboard, `plus` with more of them, `rand` for models that answer
 * at random, or a list of one's own.
 *
 * @module
 */
import { apgdCrossEntropy, apgdDlr, apgdTargeted } from "./apgd.ts";
import { fab, fabTargeted } from "./fab.ts";
import type { Attack } from "./attack.ts";
import { square } from "./square.ts";
import type { Victim } from "./victim/victim.ts";

/** AutoAttack's members. */
export const attackNames = ["apgd-ce", "apgd-dlr", "apgd-t", "fab", "fab-t", "square"] as const;

/** Name of one of AutoAttack's members. */
export type AttackName = typeof attackNames[number];

/** Name of an ensemble. */
export type Version = "standard" | "plus" | "rand" | "custom";

/** Members in their order, and what a version sets for all of them. */
export const versions: Readonly<
  Record<
    Exclude<Version, "custom">,
    {
      readonly attacks: readonly AttackName[];
      /** Restarts of the attacks without targets. */
      readonly restarts: number;
      readonly eot: number;
    }
  >
> = {
  standard: { attacks: ["apgd-ce", "apgd-t", "fab-t", "square"], restarts: 1, eot: 1 },
  plus: {
    attacks: ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"],
    restarts: 5,
    eot: 1,
  },
  rand: { attacks: ["apgd-ce", "apgd-dlr"], restarts: 1, eot: 20 },
};

/** Parameters of the attacks; {@linkcode standard} has the published ones. */
export interface AutoAttackSettings {
  /** `standard` by default. */
  readonly version?: Version;
  /** The members of a `custom` version, in order. */
  readonly attacks?: readonly AttackName[];
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

/** The published parameters. */
export const standard: AutoAttackSettings = {
  version: "standard",
  apgd_iterations: 100,
  apgd_targets: 9,
  fab_iterations: 100,
  fab_targets: 9,
  square_queries: 5000,
};

/**
 * The attacks of a version, in order.
 *
 * @param epsilon Radius in pixels in [0, 1]
 * @throws {RangeError} If an attack needs more classes, a name is unknown, a list is missing, or a
 * number is not a positive whole number
 */
export function planAttacks(
  { classes, image }: Pick<Victim, "classes" | "image">,
  settings: AutoAttackSettings,
  epsilon: number,
  seed: bigint | number,
): Attack[] {
  const { version = "standard" } = settings;
  const { attacks, restarts, eot } = version === "custom"
    ? { attacks: settings.attacks ?? [], restarts: 1, eot: 1 }
    : versions[version] ??
      fail(`unknown version "${version}"; expected ${known(versions)}, custom`);
  if (attacks.length === 0) fail('version "custom" needs a list "attacks" of at least one attack');
  const numbers = {
    apgd_iterations: settings.apgd_iterations,
    apgd_targets: settings.apgd_targets,
    fab_iterations: settings.fab_iterations,
    fab_targets: settings.fab_targets,
    square_queries: settings.square_queries,
    restarts: settings.restarts ?? restarts,
    eot: settings.eot ?? eot,
  };
  for (const [name, value] of Object.entries(numbers)) {
    // an attack that never runs would leave every image robust
    if (!(Number.isInteger(value) && value > 0)) {
      fail(`"${name}" is ${value}, expected a positive whole number`);
    }
  }
  const runs = numbers.restarts;
  const apgd = {
    iterations: settings.apgd_iterations,
    restarts: runs,
    eot: numbers.eot,
  };
  const fabRuns = { iterations: settings.fab_iterations, restarts: runs };
  const make: Record<AttackName, () => Attack> = {
    "apgd-ce": () => apgdCrossEntropy(apgd, epsilon, seed),
    "apgd-dlr": () => apgdDlr(apgd, classes, epsilon, seed),
    "apgd-t": () => apgdTargeted(apgd, settings.apgd_targets, classes, epsilon, seed),
    "fab": () => fab(fabRuns, classes, epsilon, seed),
    "fab-t": () => fabTargeted(fabRuns, settings.fab_targets, classes, epsilon),
    "square": () => square({ queries: settings.square_queries }, image, epsilon, seed),
  };
  return attacks.map((name) =>
    (make[name] ?? (() => fail(`unknown attack "${name}"; expected ${known(make)}`)))()
  );
}

const known = (names: object) => Object.keys(names).join(", ");

function fail(detail: string): never {
  throw new RangeError(`Cannot plan AutoAttack: ${detail}`);
}
