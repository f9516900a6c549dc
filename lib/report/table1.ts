/**
 * The record that every form of Table 1 is printed from, and its making from what the cells left.
 *
 * @module
 */
import {
  type CellRecord,
  type Column,
  COLUMNS,
  type RowRecord,
  type TableInput,
} from "./records.ts";
import { findings } from "./findings.ts";
import { oneDecimal } from "./numbers.ts";
import { PAPER_SETTING, PAPER_TABLE1 } from "./paper_table1.ts";
import { caption, departures } from "./caption.ts";
import { wilsonInterval } from "./wilson.ts";

/** Something about the results that a reader should know before believing them. */
export interface Finding {
  readonly kind: string;
  /** `method/activation`, or absent where it concerns the whole table. */
  readonly row?: string;
  /** One sentence without a full stop. */
  readonly text: string;
}

/** One accuracy of one seed. */
export interface SeedValue {
  readonly seed: number;
  readonly correct: number;
  readonly images: number;
}

/** One number of the table. Accuracies and differences are in percent, rounded to one decimal. */
export interface Value {
  /** Mean over the seeds, in percent, one decimal. */
  readonly percent: number;
  /** Mean over the seeds, a fraction, unrounded. */
  readonly accuracy: number;
  /** Sample standard deviation over the seeds in percentage points, one decimal; null with one seed. */
  readonly deviation: number | null;
  /** 95 % Wilson interval of `accuracy` for `images` images, in percent, unrounded. */
  readonly interval: { readonly low: number; readonly high: number; readonly half_width: number };
  /** Images each seed was measured on. */
  readonly images: number;
  readonly seeds: readonly SeedValue[];
  /** The paper's number in percent; null where the paper has no such row. */
  readonly paper: number | null;
  /** `percent - paper` in percentage points; null where the paper has no such row. */
  readonly difference: number | null;
}

/** One row: a training method with an activation. */
export interface Row {
  readonly method: string;
  readonly activation: string;
  /** By column: `clean` first, then the attacks. */
  readonly values: Readonly<Record<string, Value>>;
}

/** Table 1 with all that is needed to judge it. */
export interface Table1 {
  readonly profile: string;
  readonly data: string;
  /** Test images attacked in each cell. */
  readonly images: number;
  /** Bound of the perturbation, L-infinity, in pixels of [0, 1]. */
  readonly epsilon: number;
  readonly width: number | null;
  readonly epochs: number;
  readonly seeds: number;
  /** Whether data, image count, width, epochs and epsilon are all the paper's. */
  readonly comparable: boolean;
  /** What differs from the paper's setting, in words; empty when comparable. */
  readonly departures: readonly string[];
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly findings: readonly Finding[];
}

function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

function valueOf(seeds: readonly SeedValue[], paper: number | null): Value {
  const shares = seeds.map(({ correct, images }) => correct / images);
  const accuracy = shares.reduce((a, b) => a + b, 0) / shares.length;
  // Every seed sees the same images, so more seeds do not make the sample of images larger.
  const images = Math.min(...seeds.map((seed) => seed.images));
  const { low, high } = wilsonInterval(accuracy, images);
  const percent = oneDecimal(100 * accuracy);
  const spread = deviation(shares);
  return {
    percent,
    accuracy,
    deviation: spread === null ? null : oneDecimal(100 * spread),
    interval: { low: 100 * low, high: 100 * high, half_width: 50 * (high - low) },
    images,
    seeds,
    paper,
    // From the printed number, so that a reader who subtracts finds what is printed.
    difference: paper === null ? null : oneDecimal(percent - paper),
  };
}

function rowOf({ method, activation, cells }: RowRecord, columns: readonly Column[]): Row {
  const paper = PAPER_TABLE1[`${method}/${activation}`];
  const values: Record<string, Value> = {};
  for (const column of columns) {
    const seeds = cells.map((cell) => ({ seed: cell.seed, ...counted(cell, column) }));
    values[column] = valueOf(seeds, paper?.[column] ?? null);
  }
  return { method, activation, values };
}

function counted(cell: CellRecord, column: Column): { correct: number; images: number } {
  if (column !== "clean") {
    const verdict = cell.attacks[column]!;
    return { correct: verdict.robust, images: verdict.images };
  }
  const [first] = Object.values(cell.attacks);
  return { correct: first.clean, images: first.images };
}

/**
 * Builds Table 1. Clean accuracy is the one over the attacked images, so that a row's numbers are
 * shares of the same images.
 *
 * @throws {RangeError} If there is no row or no attack
 */
export function buildTable1(input: TableInput): Table1 {
  const [first] = input.rows;
  if (first === undefined) throw new RangeError("Cannot build Table 1: it has no rows");
  const attacks = COLUMNS.filter((column) => column !== "clean" && input.attacks.includes(column));
  if (attacks.length === 0) {
    throw new RangeError("Cannot build Table 1: no attack, expected pgd50, autoattack or both");
  }
  const columns: Column[] = ["clean", ...attacks];
  const cells = input.rows.flatMap((row) => row.cells);
  const verdicts = cells.flatMap((cell) => Object.values(cell.attacks));
  const widths = cells.flatMap(({ width }) => width ?? []);
  const setting = {
    profile: input.profile,
    data: input.data,
    images: Math.min(...verdicts.map((verdict) => verdict.images)),
    epsilon: verdicts[0].epsilon,
    width: widths.length === 0 ? null : Math.min(...widths),
    epochs: Math.min(...cells.map((cell) => cell.epochs)),
    seeds: first.cells.length,
  };
  const away = departures(setting, PAPER_SETTING, input.rules);
  const rows = input.rows.map((row) => rowOf(row, columns));
  return {
    ...setting,
    comparable: away.length === 0,
    departures: away,
    caption: caption(setting, away, input.rules),
    columns,
    rows,
    findings: findings(input, rows),
  };
}
