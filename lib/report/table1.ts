/**
 * Makes the record that every form of Table 1 is printed from.
 *
 * @module
 */
import type { CellRecord, RowRecord, TableInput } from "./records.ts";
import { findings } from "./findings.ts";
import { oneDecimal } from "./numbers.ts";
import { PAPER_SETTING, PAPER_TABLE1 } from "./paper_table1.ts";
import { caption, departures } from "./caption.ts";
import { checkpointOfAll } from "./checkpoints.ts";
import type { PercentInterval, Row, SeedValue, Table1, TableValue } from "./table.ts";
import { mean, meanHalfWidth, sampleVariance, wilsonInterval } from "../statistics/mod.ts";
import { comparisonsOf } from "./comparisons.ts";

const deviation = (values: readonly number[]): number | null =>
  values.length < 2 ? null : Math.sqrt(sampleVariance(values));

function seedInterval(shares: readonly number[]): PercentInterval | null {
  const centre = 100 * mean(shares), half = meanHalfWidth(shares);
  return half === null ? null : {
    low: Math.max(0, centre - 100 * half),
    high: Math.min(100, centre + 100 * half),
    half_width: 100 * half,
  };
}

function valueOf(seeds: readonly SeedValue[], paper: number | null): TableValue {
  const shares = seeds.map(({ correct, images }) => correct / images);
  const accuracy = mean(shares);
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
    seed_interval: seedInterval(shares),
    images,
    seeds,
    paper,
    // From the printed number, so that a reader who subtracts finds what is printed.
    difference: paper === null ? null : oneDecimal(percent - paper),
  };
}

function rowOf({ method, activation, cells }: RowRecord, columns: readonly string[]): Row {
  const paper = PAPER_TABLE1[`${method}/${activation}`];
  const values: Record<string, TableValue> = {};
  for (const column of columns) {
    const seeds = cells.map((cell) => ({ seed: cell.seed, ...counted(cell, column) }));
    values[column] = valueOf(seeds, paper?.[column] ?? null);
  }
  const collapses = cells.flatMap(({ seed, collapse }) => collapse ? [{ seed, ...collapse }] : []);
  const checkpoint = checkpointOfAll(cells);
  return {
    ...{ method, activation, ...checkpoint === "last" ? {} : { checkpoint } },
    ...{ collapses, values },
  };
}

function counted(cell: CellRecord, column: string): { correct: number; images: number } {
  if (column !== "clean") {
    const verdict = cell.attacks[column];
    return { correct: verdict.robust, images: verdict.images };
  }
  const [first] = Object.values(cell.attacks);
  return { correct: first.clean, images: first.images };
}

/** The least of each value of the cells, and all where they differ. */
function valuesOf(cells: readonly CellRecord[]) {
  const verdicts = cells.flatMap((cell) => Object.values(cell.attacks));
  const all = {
    images: ascending(verdicts.map(({ images }) => images)),
    epsilon: ascending(verdicts.map(({ epsilon }) => epsilon)),
    width: ascending(cells.flatMap(({ width }) => width ?? [])),
    epochs: ascending(cells.map(({ epochs }) => epochs)),
  };
  const mixed = Object.entries(all).filter(([, values]) => values.length > 1);
  return {
    images: all.images[0],
    epsilon: all.epsilon[0],
    width: all.width[0] ?? null,
    epochs: all.epochs[0],
    ...mixed.length === 0 ? {} : { mixed: Object.fromEntries(mixed) },
  };
}

const ascending = (values: readonly number[]): number[] =>
  [...new Set(values)].sort((a, b) => a - b);

/**
 * Builds Table 1. Clean accuracy is the one over the attacked images, so that a row's numbers are
 * shares of the same images.
 *
 * @throws {RangeError} If there is no row or no attack
 */
export function buildTable1(input: TableInput): Table1 {
  const [first] = input.rows;
  if (first === undefined) throw new RangeError("Cannot build Table 1: it has no rows");
  if (input.attacks.length === 0) {
    throw new RangeError("Cannot build Table 1: no attack, expected at least one");
  }
  const columns = ["clean", ...input.attacks];
  const cells = input.rows.flatMap((row) => row.cells);
  const setting = {
    profile: input.profile,
    data: input.data,
    ...valuesOf(cells),
    seeds: first.cells.length,
    checkpoint: checkpointOfAll(cells),
  };
  const away = departures(setting, PAPER_SETTING, input.rules);
  const rows = input.rows.map((row) => rowOf(row, columns));
  const comparisons = comparisonsOf(input.rows, columns);
  return {
    ...setting,
    comparable: away.length === 0,
    departures: away,
    caption: caption(setting, away, input.rules),
    columns,
    rows,
    comparisons,
    findings: findings(input, rows, comparisons),
  };
}
