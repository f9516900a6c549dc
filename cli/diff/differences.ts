/** Which numbers of two tables differ by more than noise. @module */
import { judge, type JudgedDifference } from "../../lib/report/mod.ts";
import { compare, mean } from "../../lib/statistics/mod.ts";
import type { Samples, TableSample } from "./samples.ts";

/** A number as one table has it. */
export interface SideNumber {
  /** Mean over seeds, in percent, unrounded. */
  readonly percent: number;
  readonly seeds: number;
  readonly images: number;
}

/** How a number of both tables differs: B minus A. */
export interface NumberDifference extends JudgedDifference {
  /** `method/activation` */
  readonly row: string;
  readonly column: string;
  readonly a: SideNumber;
  readonly b: SideNumber;
  /** Same images are compared one by one; unknown are those whose verdicts the store does not have. */
  readonly images: "same" | "other" | "unknown";
}

/** Compares all numbers that both tables have, in the order of the first. */
export function numberDifferences(a: Samples, b: Samples): NumberDifference[] {
  const found = a.rows.flatMap((row) =>
    a.columns.flatMap((column) => {
      const [first, second] = [a, b].map((side) => side.sample(row, column));
      if (first === undefined || second === undefined) return [];
      const images = imagesOf(first, second);
      return [{
        row,
        column,
        first,
        second,
        images,
        compared: compare(first, second, images === "same"),
      }];
    })
  );
  const judged = judge(found.map(({ compared }) => compared));
  return found.map(({ row, column, first, second, images }, i) => ({
    ...{ row, column, a: numberOf(first), b: numberOf(second) },
    ...judged[i],
    images,
  }));
}

function imagesOf(first: TableSample, second: TableSample): NumberDifference["images"] {
  if (first.of === undefined || second.of === undefined) return "unknown";
  return first.of === second.of ? "same" : "other";
}

const numberOf = ({ correct, images }: TableSample): SideNumber => ({
  percent: 100 * mean(correct) / images,
  seeds: correct.length,
  images,
});

/** A row or a column that one table alone has. */
export interface Only {
  readonly side: "a" | "b";
  readonly what: "row" | "column";
  readonly name: string;
}

/** What one table alone has. */
export function onlyInOne(a: Samples, b: Samples): Only[] {
  const missing = (
    side: Only["side"],
    what: Only["what"],
    own: readonly string[],
    other: readonly string[],
  ) => own.filter((name) => !other.includes(name)).map((name): Only => ({ side, what, name }));
  return [
    ...missing("a", "row", a.rows, b.rows),
    ...missing("a", "column", a.columns, b.columns),
    ...missing("b", "row", b.rows, a.rows),
    ...missing("b", "column", b.columns, a.columns),
  ];
}
