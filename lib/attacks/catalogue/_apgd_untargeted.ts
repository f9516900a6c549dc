/** What the two attacks by Auto-PGD without a target have in common. @module */
import { LIMITS } from "../../limits.ts";
import { stream } from "../../random/philox.ts";
import { number, object, optional } from "../../schema.ts";
import type { SingleAttack } from "../rule.ts";
import { apgd, type ApgdState, startApgd } from "./_apgd.ts";

/** How APGD without a target is run. */
export interface ApgdSettings {
  readonly iterations: number;
  /** Runs an image gets from different starts until one fools the model; 1 by default. */
  readonly restarts?: number;
  /**
   * Gradients averaged at each point (expectation over transformation, Athalye et al. 2018), for
   * models that answer at random; 1 by default. Loss and verdict are those of the last evaluation,
   * as in the reference implementation.
   */
  readonly eot?: number;
}

/** The published number of iterations. */
export const iterations = 100;

/** The parts of the rule that climbs a loss from random starts. */
export function untargeted(
  name: string,
  loss: string,
): Pick<SingleAttack<ApgdSettings, ApgdState>, "parameters" | "defaults" | "create"> {
  return {
    parameters: object({
      iterations: number(LIMITS.iterations),
      restarts: optional(number(LIMITS.restarts)),
      eot: optional(number(LIMITS.restarts)),
    }),
    defaults: () => ({ iterations }),
    create: ({ iterations, restarts = 1, eot = 1 }, { epsilon, seed }) => ({
      name,
      variants: restarts,
      ...apgd({ iterations, eot, loss }),
      cost: 3 * eot * restarts * (iterations + 1),
      start: (sample, restart) =>
        startApgd(sample.image, epsilon, stream(seed, name, restart, sample.index).uniform, {
          iterations,
        }),
    }),
  };
}
