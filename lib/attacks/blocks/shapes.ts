/**
 * What decides in which blocks images are evaluated. Nothing here is part of a verdict: an answer
 * depends on its own request only, whatever block it is in.
 *
 * @module
 */

/** The two kinds of block. */
export type BlockKind = "gradient" | "logits";

/** Rows that may stay empty for want of a program of another size before it is compiled. */
export type Patience = Readonly<Record<BlockKind, number>>;

/** Blocks that a model takes. */
export interface BlockShapes {
  /** Most requests that one block takes. */
  readonly batchSize: number;
  /** Blocks that it computes at the same time; 1 by default. */
  readonly parallel?: number;
  /** Sizes of blocks worth compiling a program for, rising to `batchSize`. */
  readonly sizes: readonly number[];
  /** What compiling one of them costs, in rows of its kind; see `blockSizes()`. */
  readonly patience?: Patience;
  /** What a block of logits costs besides its rows, in rows; nothing by default. */
  readonly overhead?: number;
}

/** A size, its eighths, and the half of one, rising. */
export function eighths(size: number): number[] {
  const eighth = Math.ceil(size / 8), found = [Math.ceil(eighth / 2)];
  for (let part = eighth; part < size; part += eighth) found.push(part);
  return [...new Set([...found, size])];
}
