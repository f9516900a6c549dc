/** Which rows of a table differ by more than noise. @module */
import { compare, type Difference, holm, type Sample } from "../statistics/mod.ts";
import type { CellRecord, RowRecord } from "./records.ts";
import type { Comparison, JudgedDifference } from "./table.ts";

/** Adjusted probabilities below this are of differences that are more than noise. */
const LEVEL = 0.05;

/** What the models of a row classify correctly in a column. */
export function sampleOf(cells: readonly CellRecord[], column: string): Sample {
  const found = cells.map(({ attacks }) => {
    const verdict = column === "clean" ? Object.values(attacks)[0] : attacks[column];
    const { images, clean, robust, cleanImages, robustImages } = verdict;
    return column === "clean"
      ? { images, correct: clean, verdicts: cleanImages }
      : { images, correct: robust, verdicts: robustImages };
  });
  const images = Math.min(...found.map((one) => one.images));
  const verdicts = found.flatMap((one) => one.verdicts ? [one.verdicts.slice(0, images)] : []);
  return {
    images,
    correct: verdicts.length === found.length
      ? verdicts.map((verdict) => verdict.filter(Boolean).length)
      : found.map((one) => Math.round(one.correct * images / one.images)),
    ...verdicts.length === found.length ? { verdicts } : {},
  };
}

/** Judges differences together, in their order. */
export function judge(differences: readonly Difference[]): JudgedDifference[] {
  const adjusted = holm(differences.map(({ p }) => p));
  return differences.map(({ difference, interval: { low, high }, p, test }, i) => ({
    difference: 100 * difference,
    interval: { low: 100 * low, high: 100 * high },
    p,
    p_holm: adjusted[i],
    beyond_noise: adjusted[i] < LEVEL,
    test,
  }));
}

/**
 * Compares each row with the first of its method, in every column: the same training with another
 * activation, on the same images.
 */
export function comparisonsOf(
  rows: readonly RowRecord[],
  columns: readonly string[],
): Comparison[] {
  const name = ({ method, activation }: RowRecord) => `${method}/${activation}`;
  const found = rows.flatMap((row) => {
    const against = rows.find(({ method }) => method === row.method)!;
    return against === row ? [] : columns.map((column) => {
      const [first, second] = [against, row].map(({ cells }) => sampleOf(cells, column));
      const compared = compare(first, second, first.images === second.images);
      return { column, row: name(row), against: name(against), compared };
    });
  });
  const judged = judge(found.map(({ compared }) => compared));
  return found.map(({ compared, ...names }, i) => ({
    ...names,
    ...judged[i],
    paired: compared.paired,
  }));
}
