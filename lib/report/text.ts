import { activationName, columnName, methodName, type ReportRules } from "./names.ts";
import { differenceText, percentText } from "./numbers.ts";
import type { Table1, TableValue } from "./table.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 100;

const measured = ({ percent, deviation }: TableValue): string =>
  percentText(percent) + (deviation === null ? "" : `±${percentText(deviation)}`);

/** Table 1 for a terminal of 100 columns; ends with a newline. */
export function tableText(table: Table1, rules: ReportRules): string {
  const body = table.rows.map((row) => [
    methodName(row.method, rules),
    activationName(row.activation, rules),
    ...table.columns.flatMap((column) => {
      const value = row.values[column];
      return [
        measured(value),
        value.paper === null ? "-" : percentText(value.paper),
        value.difference === null ? "-" : differenceText(value.difference),
      ];
    }),
  ]);
  const heads = [
    "Training",
    "Activation",
    ...table.columns.flatMap(() => ["here", "paper", "diff"]),
  ];
  const widths = heads.map((head, i) => Math.max(head.length, ...body.map((row) => row[i].length)));
  // A group of three columns is at least as wide as its title.
  table.columns.forEach((column, k) => {
    const at = 2 + 3 * k;
    const group = widths[at] + widths[at + 1] + widths[at + 2] + 4;
    widths[at] += Math.max(0, columnName(column, rules).length - group);
  });

  const line = (cells: readonly string[]) => {
    let text = cells[0].padEnd(widths[0]) + "  " + cells[1].padEnd(widths[1]);
    for (let i = 2; i < cells.length; i++) {
      text += (i % 3 === 2 ? " │ " : "  ") + cells[i].padStart(widths[i]);
    }
    return text.trimEnd();
  };
  const rule = (cross: string) => {
    let text = "─".repeat(widths[0] + 2 + widths[1]);
    for (let i = 2; i < heads.length; i += 3) {
      text += `─${cross}─` + "─".repeat(widths[i] + widths[i + 1] + widths[i + 2] + 4);
    }
    return text;
  };
  const titles = " ".repeat(widths[0] + 2 + widths[1]) +
    table.columns.map((column, k) => {
      const at = 2 + 3 * k;
      return " │ " +
        columnName(column, rules).padEnd(widths[at] + widths[at + 1] + widths[at + 2] + 4);
    }).join("");

  const lines = [
    ...wrap(`Table 1. ${table.caption}`, WIDTH),
    "",
    titles.trimEnd(),
    line(heads),
    rule("┼"),
  ];
  body.forEach((cells, i) => {
    if (i > 0 && table.rows[i].method !== table.rows[i - 1].method) lines.push(rule("┼"));
    lines.push(line(cells));
  });
  if (table.findings.length > 0) {
    lines.push("", "Notes");
    for (const { text } of table.findings) lines.push(...wrap(`- ${text}`, WIDTH, "  "));
  }
  return lines.join("\n") + "\n";
}
