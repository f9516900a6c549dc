/**
 * The section `readings` of a profile: ways of reading what the paper leaves open, each with the rows
 * that are trained so.
 *
 *     readings:
 *       frozen: { text: "epsilon 4/255, batch norm in mode eval", rows: [igr-eval/relu, igr-eval/gelu] }
 *
 * @module
 */
import { PAPER_TABLE1 } from "../../lib/report/paper_table1.ts";
import { type Issue, list, named, object, optional, text } from "../../lib/schema.ts";
import { chosen, type Variants } from "./variant_schema.ts";

const reading = object({ text: text(), rows: list(text(), { min: 2 }) });

/** The section; most profiles have none. */
export const readingsSchema = optional(
  named(/^[a-z][a-z0-9-]*$/, "a name of small letters, digits and -", reading),
);

/** The section's content. */
export type ReadingsProfile = ReturnType<typeof readingsSchema>;

/** The paper's row that a row stands for: that of its rules. */
function paperRow(row: string, variants: Variants): string {
  const [method, activation] = row.split("/");
  return `${chosen(variants, "method", method).rule}/${
    chosen(variants, "activation", activation).rule
  }`;
}

/** What is wrong with readings of a table. */
export function readingIssues(
  readings: ReadingsProfile,
  variants: Variants,
  table: readonly string[],
): Issue[] {
  return Object.entries(readings ?? {}).flatMap(([name, { rows }]) => {
    const papers = rows.map((row) => paperRow(row, variants));
    return rows.flatMap((row, index): Issue[] => {
      const path = `readings.${name}.rows[${index}]`, paper = papers[index];
      const expected = !table.includes(row)
        ? "a row of the table"
        : !(paper in PAPER_TABLE1)
        ? `a row that the paper has, ${Object.keys(PAPER_TABLE1).join(", ")}`
        : papers.indexOf(paper) !== index
        ? `one row for the paper's ${paper}`
        : undefined;
      return expected ? [{ path, text: `is "${row}", expected ${expected}`, expected }] : [];
    });
  });
}

/** Readings as the cells of reports have them; nothing where there are none. */
export const readingsOf = ({ readings, variants }: {
  readonly readings?: ReadingsProfile;
  readonly variants: Variants;
}) =>
  readings && Object.entries(readings).map(([name, { text, rows }]) => ({
    ...{ name, text },
    rows: rows.map((row) => ({ row, paper: paperRow(row, variants) })),
  }));
