/** What a curve of robust accuracy over the radius is made with. @module */
import { LIMITS } from "../limits.ts";
import { list, number, object, optional, refined, type Schema } from "../schema.ts";

/** The section `curve` of a profile. */
export interface CurveSection {
  /** How many of the first test images. */
  readonly images: number;
  /** Radii, rising from 0, pixels in [0, 1]. */
  readonly epsilons: readonly number[];
  /** Iterations of each run of APGD. */
  readonly iterations: number;
  /** Runs of APGD-CE from different starts, {@linkcode RESTARTS} by default. */
  readonly restarts?: number;
  /** Classes that APGD-T leads to, {@linkcode TARGETS} by default. */
  readonly targets?: number;
  /** Images attacked together, those of attacks by default. */
  readonly batch_size?: number;
}

/** What AutoAttack gives APGD-CE. */
export const RESTARTS = 1;

/** What AutoAttack gives APGD-T. */
export const TARGETS = 9;

/** The section as a profile writes it. */
export const curveSchema: Schema<CurveSection> = refined<CurveSection>(
  object({
    images: number(LIMITS.attackedImages),
    epsilons: list(number(LIMITS.epsilon), { min: 2, max: 100 }),
    iterations: number(LIMITS.iterations),
    restarts: optional(number(LIMITS.restarts)),
    targets: optional(number(LIMITS.targets)),
    batch_size: optional(number(LIMITS.batch)),
  }),
  ({ epsilons }) =>
    epsilons.flatMap((epsilon, i) => {
      const at = `epsilons[${i}]`;
      if (i === 0) return epsilon === 0 ? [] : [{ path: at, text: `is ${epsilon}, expected 0` }];
      return epsilon > epsilons[i - 1]
        ? []
        : [{ path: at, text: `is ${epsilon}, expected more than the one before` }];
    }),
);

/** How often a model is attacked at each radius. */
export type CurveEffort = Readonly<Record<"iterations" | "restarts" | "targets", number>>;

/**
 * The attacks of each radius, in order: APGD on the cross-entropy, then towards single classes by the
 * difference of logits. These two are what AutoAttack begins with. PGD and APGD on the cross-entropy
 * alone leave images that the second breaks, since a small network is unsure of every class and the
 * steepest way up the loss need not lead to the nearest other class.
 */
export const attacksOf = ({ iterations, restarts, targets }: CurveEffort) => [
  { attack: "apgd-ce", settings: { iterations, restarts } },
  { attack: "apgd-t", settings: { iterations, targets } },
];

/** Names of these attacks. */
export const CURVE_ATTACKS = ["apgd-ce", "apgd-t"] as const;
