/** What is printed beneath a row of several seeds, since a mean hides a seed that collapsed. @module */
import { activationName, methodName, type ReportRules } from "./names.ts";
import { percentText } from "./numbers.ts";
import type { Row, Table1 } from "./table.ts";

/** Marks a seed whose training collapsed, and the row that it is of. */
const MARK = "†";

/** A line beneath a row. */
export interface SeedLine {
  /** For example `seed 2†`. */
  readonly label: string;
  readonly kind: "seed" | "interval";
  /** By column: an accuracy in percent, or half the width of the interval. */
  readonly values: Readonly<Record<string, string>>;
}

/** The seeds of a row and the interval of their mean; nothing where there is one seed. */
export function seedLines({ values, collapses = [] }: Row): SeedLine[] {
  const [first] = Object.values(values);
  if (first.seeds.length < 2) return [];
  const line = (of: (column: string) => string) =>
    Object.fromEntries(Object.keys(values).map((column) => [column, of(column)]));
  const seeds = first.seeds.map(({ seed }, i): SeedLine => ({
    label: `seed ${seed}${collapses.some((one) => one.seed === seed) ? MARK : ""}`,
    kind: "seed",
    values: line((column) => {
      const { correct, images } = values[column].seeds[i];
      return percentText(100 * correct / images);
    }),
  }));
  // tables of earlier versions have none
  const half = (column: string) => values[column].seed_interval?.half_width;
  if (half(Object.keys(values)[0]) === undefined) return seeds;
  const interval = line((column) => `±${percentText(half(column)!)}`);
  return [...seeds, { label: "interval", kind: "interval", values: interval }];
}

/** A row's activation, marked if a seed of it collapsed. */
export const markedActivation = (
  { activation, collapses = [] }: Pick<Row, "activation" | "collapses">,
  rules: Pick<ReportRules, "activation">,
): string => activationName(activation, rules) + (collapses.length > 0 ? MARK : "");

function collapseNote(
  { rows, seeds }: Pick<Table1, "rows" | "seeds">,
  rules: ReportRules,
): string[] {
  const found = rows.filter(({ collapses = [] }) => collapses.length > 0).map((row) => {
    const when = row.collapses.map(({ seed, epoch, recovered }) =>
      `from epoch ${epoch}${recovered ? ", recovered later" : ""}` +
      (seeds > 1 ? ` (seed ${seed})` : "")
    );
    return `${methodName(row.method, rules)} ${activationName(row.activation, rules)} ` +
      when.join(", ");
  });
  return found.length === 0 ? [] : [
    `${MARK} The training collapsed (catastrophic overfitting: PGD-10 accuracy was lost while ` +
    `FGSM accuracy held): ${found.join("; ")}`,
  ];
}

/** What stands beneath a table, one sentence each without a full stop. */
export const tableNotes = (
  table: Pick<Table1, "rows" | "seeds" | "findings">,
  rules: ReportRules,
): string[] => [...collapseNote(table, rules), ...table.findings.map(({ text }) => text)];
