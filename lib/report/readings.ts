/**
 * Readings of the paper's setting: which comes nearest to the pattern of the paper's numbers, and
 * whether that is more than noise.
 *
 * @module
 */
import { hasKink } from "../models/activation.ts";
import { stream } from "../random/philox.ts";
import { bootstrapShares, compare, type Sample } from "../statistics/mod.ts";
import { judge, sampleOf } from "./comparisons.ts";
import type { ReportRules } from "./names.ts";
import { PAPER_TABLE1 } from "./paper_table1.ts";
import { distanceOf, gapOf, patternOf } from "./pattern.ts";
import type {
  Behind,
  JudgedReading,
  Reading,
  ReadingColumn,
  ReadingRow,
  Readings,
} from "./readings_record.ts";
import type { RowRecord } from "./records.ts";
import type { Row, Table1 } from "./table.ts";

const DRAWS = 4000;

/** The rows of readings in a column, resampled together. */
interface Sampled {
  readonly samples: Readonly<Record<string, Sample>>;
  /** Shares of correct images, by draw. */
  readonly drawn: Readonly<Record<string, Float64Array>>;
}

/** A row of the paper and of the table, found by their names. */
interface Found {
  readonly row: Row;
  readonly cells: RowRecord["cells"];
}

function sample(rows: Readonly<Record<string, Found>>, column: string, draws: number): Sampled {
  const names = Object.keys(rows);
  const samples = names.map((name) => sampleOf(rows[name].cells, column));
  const images = Math.min(...samples.map((one) => one.images));
  const verdicts = samples.map(({ verdicts }, i) => {
    if (verdicts) return verdicts.map((one) => one.slice(0, images));
    throw new RangeError(`Cannot judge readings: "${names[i]}" has no verdict by image`);
  });
  const shares = bootstrapShares(verdicts, draws, stream(0, "readings", column).integer);
  const byName = <T>(of: (i: number) => T) =>
    Object.fromEntries(names.map((name, i): [string, T] => [name, of(i)]));
  return {
    samples: byName((i) => samples[i]),
    drawn: byName((i) => Float64Array.from(shares, (draw) => draw[i])),
  };
}

/** Ends of the middle part of numbers that leaves out a share, half of it at either end. */
function middle(values: Float64Array, out: number): { low: number; high: number } {
  const sorted = values.toSorted(), last = sorted.length - 1;
  return { low: sorted[Math.floor(out / 2 * last)], high: sorted[Math.ceil((1 - out / 2) * last)] };
}

/** What a function of a column's accuracies in percent is, by draw. */
const overDraws = (
  { drawn }: Sampled,
  rows: readonly ReadingRow[],
  of: (here: readonly number[]) => number,
): Float64Array =>
  Float64Array.from(
    drawn[rows[0].row],
    (_, draw) => of(rows.map(({ row }) => 100 * drawn[row][draw])),
  );

function judgeColumn(
  sampled: Sampled,
  rows: readonly ReadingRow[],
  found: Readonly<Record<string, Found>>,
  column: string,
): ReadingColumn {
  const paper = rows.map(({ values }) => values[column].paper);
  const smooth = rows.map((row) => row.smooth);
  const here = rows.map(({ row }) => 100 * found[row].row.values[column].accuracy);
  const pattern = patternOf(here, paper, smooth);
  const pairs = rows.flatMap((_, i) => rows.slice(0, i).map((_, j) => [j, i] as const));
  const { samples } = sampled;
  const beyond = judge(pairs.map(([j, i]) => {
    const [one, other] = [samples[rows[j].row], samples[rows[i].row]];
    return compare(one, other, one.images === other.images);
  })).flatMap(({ beyond_noise, difference }, k) => {
    const [j, i] = pairs[k];
    return beyond_noise ? [difference * (paper[i] - paper[j]) > 0] : [];
  });
  return {
    ...pattern,
    paper_gap: gapOf(paper, smooth),
    gap_interval: pattern.gap === null
      ? null
      : middle(overDraws(sampled, rows, (here) => gapOf(here, smooth)!), 0.05),
    pairs: pairs.length,
    beyond_noise: beyond.length,
    as_in_paper: beyond.filter(Boolean).length,
  };
}

/**
 * Judges readings by the last column of a table that the paper has.
 *
 * @param records The table's rows
 * @param draws Draws of the bootstrap over images and seeds
 * @throws {RangeError} If a row is not of the table or of the paper, or has no verdict by image
 */
export function buildReadings(
  readings: readonly Reading[],
  table: Table1,
  records: readonly RowRecord[],
  rules: Pick<ReportRules, "activation">,
  draws = DRAWS,
): Readings {
  const found = Object.fromEntries(
    readings.flatMap(({ rows }) => rows.map(({ row }) => [row, findRow(row, table, records)])),
  );
  const columns = table.columns.filter((column) =>
    readings.every(({ rows }) => rows.every(({ paper }) => column in paperRow(paper)))
  );
  const by = columns[columns.length - 1];
  const sampled = Object.fromEntries(
    columns.map((column) => [column, sample(found, column, draws)]),
  );
  const judged = readings.map(({ name, text, rows }) => {
    const own = rows.map(({ row, paper }): ReadingRow => {
      const { activation, values } = found[row].row;
      return {
        ...{ row, paper, activation, smooth: !hasKink(rules.activation[activation]) },
        values: Object.fromEntries(columns.map((column) => {
          const { percent, interval, seed_interval } = values[column];
          const { low, high } = seed_interval ?? interval;
          return [column, { percent, low, high, paper: paperRow(paper)[column] }];
        })),
      };
    });
    const paper = own.map(({ values }) => values[by].paper);
    return {
      ...{ name, text, rows: own },
      columns: Object.fromEntries(
        columns.map((column) => [column, judgeColumn(sampled[column], own, found, column)]),
      ),
      distances: overDraws(sampled[by], own, (here) => distanceOf(here, paper)),
    };
  }).sort((a, b) => a.columns[by].distance - b.columns[by].distance);
  const behind = (at: number): Behind | null => {
    if (at === 0) return null;
    const [nearest, one] = [judged[0], judged[at]];
    const farther = one.distances.map((distance, draw) => distance - nearest.distances[draw]);
    const interval = middle(farther, 0.05 / (judged.length - 1));
    const difference = one.columns[by].distance - nearest.columns[by].distance;
    return { difference, ...interval, decided: interval.low > 0 };
  };
  const { profile, data, images, seeds } = table;
  return {
    ...{ profile, data, images, seeds, columns, by, draws },
    readings: judged.map(({ distances: _, ...one }, at): JudgedReading => ({
      ...one,
      behind: behind(at),
    })),
  };
}

function findRow(name: string, table: Table1, records: readonly RowRecord[]): Found {
  const is = (row: { method: string; activation: string }) =>
    `${row.method}/${row.activation}` === name;
  const row = table.rows.find(is), record = records.find(is);
  if (row && record) return { row, cells: record.cells };
  throw new RangeError(`Cannot judge readings: the table has no row "${name}"`);
}

function paperRow(name: string): Readonly<Record<string, number>> {
  if (name in PAPER_TABLE1) return PAPER_TABLE1[name];
  throw new RangeError(`Cannot judge readings: the paper has no row "${name}"`);
}
