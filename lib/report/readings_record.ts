/** Readings of the paper's setting as records: what is judged, and the judgement. @module */
import { list, object, type Schema, text } from "../schema.ts";
import type { Pattern } from "./pattern.ts";

/** A reading as a table's cell is given it. */
export interface Reading {
  readonly name: string;
  /** In words. */
  readonly text: string;
  /** Rows of the table as `method/activation`, each with the paper's row that it stands for. */
  readonly rows: readonly { readonly row: string; readonly paper: string }[];
}

/** Schema of {@linkcode Reading}s. */
export const readingList: Schema<readonly Reading[]> = list(
  object({ name: text(), text: text(), rows: list(object({ row: text(), paper: text() })) }),
);

/** A number of a reading's row, in percent. */
export interface ReadingValue {
  readonly percent: number;
  /** 95 %: over images (Wilson) with one seed, over seeds (t) with several. */
  readonly low: number;
  readonly high: number;
  readonly paper: number;
}

/** What a column of a reading says, in percentage points. */
export interface ReadingColumn extends Pattern {
  readonly paper_gap: number | null;
  /** 95 % interval of `gap`, by the bootstrap. */
  readonly gap_interval: { readonly low: number; readonly high: number } | null;
  /** Pairs of rows, those that differ by more than noise, and those of them in the paper's order. */
  readonly pairs: number;
  readonly beyond_noise: number;
  readonly as_in_paper: number;
}

/** How much farther a reading is than the nearest, in percentage points. */
export interface Behind {
  readonly difference: number;
  /** Interval of the difference, by the bootstrap; all readings' hold together at 95 % (Bonferroni). */
  readonly low: number;
  readonly high: number;
  /** Whether the interval is above 0. */
  readonly decided: boolean;
}

/** A row of a reading, by its name and the paper's. */
export interface ReadingRow {
  readonly row: string;
  readonly paper: string;
  readonly activation: string;
  /** Whether the activation has no kink. */
  readonly smooth: boolean;
  /** By column. */
  readonly values: Readonly<Record<string, ReadingValue>>;
}

/** A reading beside the paper. */
export interface JudgedReading extends Omit<Reading, "rows"> {
  readonly rows: readonly ReadingRow[];
  readonly columns: Readonly<Record<string, ReadingColumn>>;
  /** `null` of the nearest. */
  readonly behind: Behind | null;
}

/** All readings of a table, the nearest first. */
export interface Readings {
  readonly profile: string;
  readonly data: string;
  readonly images: number;
  readonly seeds: number;
  /** Columns that the paper has, too. */
  readonly columns: readonly string[];
  /** The column by whose `distance` they are in order: the last. */
  readonly by: string;
  /** Draws of the bootstrap. */
  readonly draws: number;
  readonly readings: readonly JudgedReading[];
}
