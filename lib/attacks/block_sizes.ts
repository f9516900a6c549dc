/** How many rows of a program to compute when fewer lanes ask than a full block takes. @module */
import type { Victim } from "./victim.ts";

/**
 * Full blocks' worth of empty rows that is computed before a program of a smaller size is compiled:
 * about what compiling costs. Counted and not timed, and stored with an attack, so that the same
 * attacks always use the same programs.
 */
const patience = 64;

/** What was counted so far, as plain data; keys are `gradient 32` and the like. */
export interface SizeCounts {
  /** Rows that stayed empty for want of a program of this size. */
  readonly empty: Record<string, number>;
  /** Sizes that are worth their compilation. */
  readonly earned: string[];
}

/** Nothing counted yet. */
export const noSizes = (): SizeCounts => ({ empty: {}, earned: [] });

/** Chooses the sizes of an attack's blocks by how many rows stayed empty before. */
export function blockSizes(
  { sizes, batchSize }: Pick<Victim, "sizes" | "batchSize">,
  { empty, earned }: SizeCounts,
): (count: number, kind: "gradient" | "logits") => number {
  return (count, kind) => {
    const fitting = sizes.filter((size) => size >= count), best = fitting[0];
    const used = fitting.find((size) => size === batchSize || earned.includes(`${kind} ${size}`))!;
    const key = `${kind} ${best}`, wasted = (empty[key] ?? 0) + used - best;
    empty[key] = wasted;
    if (wasted >= patience * batchSize && !earned.includes(key)) earned.push(key);
    return used;
  };
}
