import { columnName, methodName, type ReportRules } from "./names.ts";
import { fieldHeads, printed, printedCaption } from "./printed.ts";
import { markedActivation, seedLines, tableNotes } from "./seed_lines.ts";
import type { Row, Table1 } from "./table.ts";
import { wrap } from "../std/wrap.ts";

const WIDTH = 80;

/** Longer activations are broken where the table would be too wide, but no shorter than this. */
const SHORTEST = 10;

/** A line of the table's body: names, then the fields of each column. */
type Fields = readonly string[];

/** A row's own line, then its seeds'. */
function rowLines(row: Row, { columns, comparable }: Table1, rules: ReportRules): Fields[] {
  const values = columns.map((column) => printed(row.values[column]));
  const own = [
    methodName(row.method, rules),
    markedActivation(row, rules),
    ...values.flatMap(({ here, spread, paper, difference }) => [
      `${here}±${spread}`,
      paper,
      ...comparable ? [difference] : [],
    ]),
  ];
  const more = fieldHeads({ comparable }).slice(1).map(() => "");
  const seeds = seedLines(row).map(({ label, kind, values: numbers }) => [
    "",
    ` ${label}`,
    ...columns.flatMap((column, k) => {
      // a seed's number stands beneath the mean's, an interval beneath the deviation
      const spread = values[k].spread.length + 1;
      return [numbers[column] + (kind === "seed" ? " ".repeat(spread) : ""), ...more];
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

/** The lines of some columns, and how wide they are. */
function grid(table: Table1, rules: ReportRules): { lines: string[]; width: number } {
  const own = fieldHeads(table), step = own.length, { columns } = table;
  const heads = ["Training", "Activation", ...columns.flatMap(() => own)];
  let body = table.rows.map((row) => rowLines(row, table, rules));
  const widthsOf = () =>
    heads.map((head, i) => Math.max(head.length, ...body.flat().map((fields) => fields[i].length)));
  const widths = widthsOf();
  /** Width of a column's fields with the gaps between them. */
  const group = (k: number) =>
    widths.slice(2 + step * k, 2 + step * (k + 1)).reduce((sum, width) => sum + width + 2, -2);
  // A group is at least as wide as its title.
  columns.forEach((column, k) => {
    widths[2 + step * k] += Math.max(0, columnName(column, rules).length - group(k));
  });
  const total = () =>
    widths[0] + 2 + widths[1] + columns.reduce((sum, _, k) => sum + 3 + group(k), 0);
  if (total() > WIDTH) {
    const room = Math.max(SHORTEST, widths[1] - (total() - WIDTH));
    body = body.map((lines) => broken(lines, room));
    widths[1] = widthsOf()[1];
  }
  const names = widths[0] + 2 + widths[1];
  const line = (cells: Fields) => {
    let text = cells[0].padEnd(widths[0]) + "  " + cells[1].padEnd(widths[1]);
    for (let i = 2; i < cells.length; i++) {
      text += ((i - 2) % step === 0 ? " │ " : "  ") + cells[i].padStart(widths[i]);
    }
    return text.trimEnd();
  };
  const rule = "─".repeat(names) + columns.map((_, k) => `─┼─${"─".repeat(group(k))}`).join("");
  const titles = " ".repeat(names) +
    columns.map((column, k) => ` │ ${columnName(column, rules).padEnd(group(k))}`).join("");
  const lines = [titles.trimEnd(), line(heads), rule];
  body.forEach((of, i) => {
    if (i > 0 && table.rows[i - 1].method !== table.rows[i].method) lines.push(rule);
    lines.push(...of.map(line));
  });
  return { lines, width: total() };
}

/** Parts a table's columns so that each part fits, the fewest parts that do. */
function grids(table: Table1, rules: ReportRules): string[][] {
  const { columns } = table;
  for (let parts = 1; parts <= columns.length; parts++) {
    const each = Math.ceil(columns.length / parts);
    const found = Array.from(
      { length: Math.ceil(columns.length / each) },
      (_, part) =>
        grid({ ...table, columns: columns.slice(each * part, each * (part + 1)) }, rules),
    );
    if (parts === columns.length || found.every(({ width }) => width <= WIDTH)) {
      return found.map(({ lines }) => lines);
    }
  }
  return [];
}

/** Table 1 for a terminal of 80 columns; ends with a newline. */
export function tableText(table: Table1, rules: ReportRules): string {
  const notes = tableNotes(table, rules);
  const lines = [
    ...wrap(`Table 1. ${printedCaption(table)}`, WIDTH),
    ...grids(table, rules).flatMap((part) => ["", ...part]),
    ...notes.length === 0
      ? []
      : ["", "Notes", ...notes.flatMap((text) => wrap(`- ${text}`, WIDTH, "  "))],
  ];
  return lines.join("\n") + "\n";
}
