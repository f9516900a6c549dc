import { differenceText, percentText } from "./numbers.ts";
import type { Table1 } from "./table.ts";

/** Quotes a field where RFC 4180 asks for it. */
export const escapeCsv = (field: string): string =>
  /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

/**
 * Table 1 as CSV (RFC 4180, but lines end with LF), a line a row of the table. Accuracies in
 * percent; an empty field where the paper, or a single seed, has no number. Profile, data and
 * setting stand in every line, so that no line can be taken for another setting's.
 */
export function tableCsv(table: Table1): string {
  const heads = [
    "method",
    "activation",
    ...table.columns.flatMap((column) =>
      ["", "_deviation", "_half_width95", "_paper", "_difference"].map((end) => column + end)
    ),
    "profile",
    "data",
    "images",
    "width",
    "epochs",
    "epsilon",
    "seeds",
    "comparable",
  ];
  const lines = table.rows.map((row) => [
    row.method,
    row.activation,
    ...table.columns.flatMap((column) => {
      const { percent, deviation, interval, paper, difference } = row.values[column];
      return [
        percentText(percent),
        deviation === null ? "" : percentText(deviation),
        percentText(interval.half_width),
        paper === null ? "" : percentText(paper),
        difference === null ? "" : differenceText(difference),
      ];
    }),
    table.profile,
    table.data,
    String(table.images),
    String(table.width ?? ""),
    String(table.epochs),
    String(table.epsilon),
    String(table.seeds),
    String(table.comparable),
  ]);
  return [heads, ...lines].map((fields) => fields.map(escapeCsv).join(",") + "\n").join("");
}
