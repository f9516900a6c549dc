import { differenceText, percentText } from "./numbers.ts";
import type { Row, Table1 } from "./table.ts";

/** Quotes a field where RFC 4180 asks for it. */
export const escapeCsv = (field: string): string =>
  /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

const SETTING = ["profile", "data", "images", "width", "epochs", "epsilon", "seeds", "comparable"];

/** A last column that says which checkpoint was attacked, where one was not the last. */
const heads = (table: Table1) => table.checkpoint === "last" ? SETTING : [...SETTING, "checkpoint"];

/**
 * Table 1 as CSV (RFC 4180, but lines end with LF), a line a row of the table. Accuracies in
 * percent; an empty field where the paper, or a single seed, has no number. Profile, data and
 * setting stand in every line, so that no line can be taken for another setting's.
 */
export function tableCsv(table: Table1): string {
  const names = [
    "method",
    "activation",
    ...table.columns.flatMap((column) =>
      ["", "_deviation", "_half_width95", "_seeds_half_width95", "_paper", "_difference"]
        .map((end) => column + end)
    ),
    "collapsed_seeds",
    ...heads(table),
  ];
  const lines = table.rows.map((row) => [
    row.method,
    row.activation,
    ...table.columns.flatMap((column) => {
      const { percent, deviation, interval, seed_interval, paper, difference } = row.values[column];
      return [
        percentText(percent),
        deviation === null ? "" : percentText(deviation),
        percentText(interval.half_width),
        seed_interval === null ? "" : percentText(seed_interval.half_width),
        paper === null ? "" : percentText(paper),
        difference === null ? "" : differenceText(difference),
      ];
    }),
    String(row.collapses.length),
    ...setting(table, row),
  ]);
  return linesOf([names, ...lines]);
}

/**
 * The seeds of Table 1 as CSV, a line a seed of a row. They have a file of their own, since a table's
 * columns do not depend on how many seeds there are.
 */
export function seedsCsv(table: Table1): string {
  const names = [
    ...["method", "activation", "seed", "collapse_epoch", "recovered"],
    ...table.columns.flatMap((column) => [column, `${column}_correct`, `${column}_images`]),
    ...heads(table),
  ];
  const lines = table.rows.flatMap((row) =>
    row.values[table.columns[0]].seeds.map(({ seed }, i) => {
      const collapse = row.collapses.find((one) => one.seed === seed);
      return [
        row.method,
        row.activation,
        String(seed),
        String(collapse?.epoch ?? ""),
        String(collapse?.recovered ?? ""),
        ...table.columns.flatMap((column) => {
          const { correct, images } = row.values[column].seeds[i];
          return [percentText(100 * correct / images), String(correct), String(images)];
        }),
        ...setting(table, row),
      ];
    })
  );
  return linesOf([names, ...lines]);
}

const setting = (table: Table1, row: Row) => [
  table.profile,
  table.data,
  String(table.images),
  String(table.width ?? ""),
  String(table.epochs),
  String(table.epsilon),
  String(table.seeds),
  String(table.comparable),
  ...table.checkpoint === "last" ? [] : [row.checkpoint ?? "last"],
];

const linesOf = (lines: readonly (readonly string[])[]) =>
  lines.map((fields) => fields.map(escapeCsv).join(",") + "\n").join("");
