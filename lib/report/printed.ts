/** What text, Markdown and LaTeX have of a number, so that they say the same. @module */
import { differenceText, percentText } from "./numbers.ts";
import type { Table1, TableValue } from "./table.ts";

/** The heads of a column's fields: the difference stands only where the settings are the same. */
export const fieldHeads = ({ comparable }: Pick<Table1, "comparable">): readonly string[] =>
  comparable ? ["here", "paper", "diff"] : ["here", "paper"];

/** A number of the table as it is printed. */
export interface PrintedValue {
  readonly here: string;
  /** Without `±`: the deviation over seeds, of one seed half the width of the 95 % interval. */
  readonly spread: string;
  /** `-` where the paper has no such number. */
  readonly paper: string;
  readonly difference: string;
}

/** The texts of a number. */
export function printed(
  { percent, deviation, interval, paper, difference }: TableValue,
): PrintedValue {
  return {
    here: percentText(percent),
    spread: percentText(deviation ?? interval.half_width),
    paper: paper === null ? "-" : percentText(paper),
    difference: difference === null ? "-" : differenceText(difference),
  };
}

/** The caption, with what `±` means where the caption does not say it. */
export function printedCaption({ caption, seeds }: Pick<Table1, "caption" | "seeds">): string {
  return seeds > 1
    ? caption
    : `${caption} ± is half the width of the 95 % interval over test images (Wilson).`;
}
