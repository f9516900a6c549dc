/** How many rows of a program to compute when fewer lanes ask than a full block takes. @module */
import type { Victim } from "./victim.ts";

/** The two kinds of block. */
export type BlockKind = "gradient" | "logits";

/** Rows that may stay empty for want of a program of another size before it is compiled. */
export type Patience = Readonly<Record<BlockKind, number>>;

/** Full blocks of empty rows before a program is compiled, where a victim does not say better. */
const blocksOfPatience = 64;

/** What was counted so far, as plain data; keys are `gradient 32` and the like. */
export interface SizeCounts {
  /** Rows that stayed empty for want of a program of this size. */
  readonly empty: Record<string, number>;
  /** Sizes that are worth their compilation. */
  readonly earned: string[];
}

/** Nothing counted yet. */
export const noSizes = (): SizeCounts => ({ empty: {}, earned: [] });

/**
 * Rows to compute for `count` requests.
 *
 * @param blocks How many blocks of this kind and about so many requests may come yet, this one included
 */
export type SizeOf = (count: number, kind: BlockKind, blocks?: number) => number;

/**
 * Chooses the sizes of an attack's blocks by how many rows stayed empty before, and may stay empty
 * yet: a program of a fitting size is compiled once about as much was wasted as compiling it costs,
 * or at once where twice as much is foreseen (images may leave earlier). Counted and not timed, and
 * stored with an attack, so that the same attacks always use the same programs.
 */
export function blockSizes(
  { sizes, batchSize, patience }: Pick<Victim, "sizes" | "batchSize" | "patience">,
  { empty, earned }: SizeCounts,
): SizeOf {
  return (count, kind, blocks = 0) => {
    const fitting = sizes.filter((size) => size >= count), best = fitting[0];
    const used = fitting.find((size) => size === batchSize || earned.includes(`${kind} ${size}`))!;
    if (used === best) return used;
    const key = `${kind} ${best}`, before = empty[key] ?? 0, each = used - best;
    if (before + each * blocks / 2 >= (patience?.[kind] ?? blocksOfPatience * batchSize)) {
      earned.push(key);
      return best;
    }
    empty[key] = before + each;
    return used;
  };
}
