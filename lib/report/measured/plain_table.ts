/** Tables of a terminal, one line a row of Table 1. @module */
import { activationName, methodName, type ReportRules } from "../names.ts";

/** A column: its head, and what it has of each row. */
export type Column<Row> = readonly [head: string, of: (row: Row) => string];

/** The lines of a table that begins with method and activation; numbers stand at the right. */
export function plainTable<Row extends { readonly method: string; readonly activation: string }>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  rules: Pick<ReportRules, "method" | "activation">,
): string[] {
  const lines = [
    ["Training", "Activation", ...columns.map(([head]) => head)],
    ...rows.map((row) => [
      methodName(row.method, rules),
      activationName(row.activation, rules),
      ...columns.map(([, of]) => of(row)),
    ]),
  ];
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const text = lines.map((line) =>
    line.map((cell, i) => i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
      .trimEnd()
  );
  return [text[0], "─".repeat(Math.max(...text.map(({ length }) => length))), ...text.slice(1)];
}

/** "IGR GELU" */
export const titleOf = (
  { method, activation }: { readonly method: string; readonly activation: string },
  rules: Pick<ReportRules, "method" | "activation">,
): string => `${methodName(method, rules)} ${activationName(activation, rules)}`;
