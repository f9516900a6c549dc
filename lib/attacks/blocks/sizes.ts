/** How many rows of a program to compute when fewer lanes ask than a full block takes. @module */
import type { BlockKind, BlockShapes } from "./shapes.ts";

/** Full blocks of empty rows before a program is compiled, where a victim does not say better. */
const blocksOfPatience = 64;

/** What was counted so far, as plain data; keys are `gradient 32` and the like. */
export interface SizeCounts {
  /** Rows that stayed empty for want of a program of this size. */
  readonly empty: Record<string, number>;
  /** How many of the last blocks would have fitted this size best, older ones counting less. */
  readonly recent: Record<string, number>;
  /** Sizes whose programs are compiled or worth it. */
  readonly earned: string[];
}

/** Nothing counted yet. */
export const noSizes = (): SizeCounts => ({ empty: {}, recent: {}, earned: [] });

/** Blocks over which it is counted how often a size is wanted, and for how many that is trusted. */
const memory = 16, horizon = 256;

/**
 * Rows to compute for `count` requests.
 *
 * @param blocks How many blocks of about so many requests may come yet, this one included
 */
export type SizeOf = (count: number, kind: BlockKind, blocks?: number) => number;

/**
 * Chooses the sizes of an attack's blocks. A program of a fitting size is compiled once the rows that
 * stayed empty cost about as much as compiling it, or once twice as much is foreseen (images may
 * leave earlier); never where less than that can come.
 *
 * As large a share of the next blocks is foreseen to want the size as of the last ones, this one left
 * out: FAB's requests pass through many sizes before their numbers settle. Where no program fits yet
 * one has to be compiled anyway, and all blocks to come are taken to be like this one. Rows are
 * counted and nothing is timed, and the counts are stored with an attack, so that the same attacks
 * always use the same programs.
 */
export function blockSizes(
  { sizes, batchSize, patience }: BlockShapes,
  { empty, recent, earned }: SizeCounts,
): SizeOf {
  return (count, kind, blocks = 0) => {
    const keyOf = (size: number) => `${kind} ${size}`;
    const fitting = sizes.filter((size) => size >= count), best = fitting[0], key = keyOf(best);
    for (const other in recent) recent[other] *= 1 - 1 / memory;
    recent[key] = (recent[key] ?? 0) + 1;
    const compiled = fitting.find((size) => earned.includes(keyOf(size)));
    if (compiled === best) return best;
    const used = compiled ?? batchSize, each = used - best, before = empty[key] ?? 0;
    const share = compiled ? (recent[key] - 1) / memory : 1;
    const foreseen = each * share * (compiled ? Math.min(blocks, horizon) : blocks);
    const cost = patience?.[kind] ?? blocksOfPatience * batchSize;
    const worthIt = before + foreseen / 2 >= cost && each * share * blocks >= cost;
    const chosen = worthIt ? best : used;
    if (!worthIt) empty[key] = before + each;
    if (chosen !== compiled) earned.push(keyOf(chosen));
    return chosen;
  };
}
