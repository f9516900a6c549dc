import { columnName, methodName, type ReportRules } from "./names.ts";
import { differenceText, percentText } from "./numbers.ts";
import { markedActivation, seedLines, tableNotes } from "./seed_lines.ts";
import type { Row, Table1 } from "./table.ts";
import { wrap } from "../std/wrap.ts";

const WIDTH = 100;

/** Longer activations are broken where the table would be too wide, but no shorter than this. */
const SHORTEST = 10;

/** A line of the table's body: names, then three fields a column. */
type Fields = readonly string[];

/** A row's own line, then its seeds'. */
function rowLines(row: Row, { columns }: Table1, rules: ReportRules): Fields[] {
  const own = [
    methodName(row.method, rules),
    markedActivation(row, rules),
    ...columns.flatMap((column) => {
      const { percent, deviation, paper, difference } = row.values[column];
      return [
        percentText(percent) + (deviation === null ? "" : `±${percentText(deviation)}`),
        paper === null ? "-" : percentText(paper),
        difference === null ? "-" : differenceText(difference),
      ];
    }),
  ];
  const seeds = seedLines(row).map(({ label, kind, values }) => [
    "",
    ` ${label}`,
    ...columns.flatMap((column, k) => {
      // a seed's number stands beneath the mean's, an interval beneath the deviation
      const spread = own[2 + 3 * k].split("±")[1].length + 1;
      return [values[column] + (kind === "seed" ? " ".repeat(spread) : ""), "", ""];
    }),
  ]);
  return [own, ...seeds];
}

/** Breaks activations that are too long for the table's width. */
function broken(lines: readonly Fields[], room: number): Fields[] {
  return lines.flatMap((fields) => {
    const [first, ...more] = wrap(fields[1].trim(), room, " ");
    if (more.length === 0) return [fields];
    return [
      [fields[0], first, ...fields.slice(2)],
      ...more.map((text) => ["", text, ...fields.slice(2).map(() => "")]),
    ];
  });
}

/** Table 1 for a terminal of 100 columns; ends with a newline. */
export function tableText(table: Table1, rules: ReportRules): string {
  const heads = [
    "Training",
    "Activation",
    ...table.columns.flatMap(() => ["here", "paper", "diff"]),
  ];
  let body = table.rows.map((row) => rowLines(row, table, rules));
  const widthsOf = () =>
    heads.map((head, i) => Math.max(head.length, ...body.flat().map((fields) => fields[i].length)));
  const widths = widthsOf();
  // A group of three columns is at least as wide as its title.
  table.columns.forEach((column, k) => {
    const at = 2 + 3 * k;
    const group = widths[at] + widths[at + 1] + widths[at + 2] + 4;
    widths[at] += Math.max(0, columnName(column, rules).length - group);
  });
  const excess = widths.reduce((sum, width) => sum + width + 2, table.columns.length - 2) - WIDTH;
  if (excess > 0) {
    const room = Math.max(SHORTEST, widths[1] - excess);
    body = body.map((lines) => broken(lines, room));
    widths[1] = widthsOf()[1];
  }

  const line = (cells: Fields) => {
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
  body.forEach((of, i) => {
    if (i > 0 && table.rows[i].method !== table.rows[i - 1].method) lines.push(rule("┼"));
    lines.push(...of.map(line));
  });
  const notes = tableNotes(table, rules);
  if (notes.length > 0) {
    lines.push("", "Notes", ...notes.flatMap((text) => wrap(`- ${text}`, WIDTH, "  ")));
  }
  return lines.join("\n") + "\n";
}
