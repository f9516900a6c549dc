/**
 * What looks wrong, or is remarkable, in a table: shown as footnotes and kept in its JSON.
 *
 * One small function per finding; each gives texts of one sentence without a full stop.
 *
 * @module
 */
import { checkpointFindings } from "./checkpoints.ts";
import {
  activationName,
  columnName,
  countText,
  epsilonText,
  methodName,
  type ReportRules,
} from "./names.ts";
import { differenceText, percentText } from "./numbers.ts";
import type { CellRecord, RowRecord, TableInput } from "./records.ts";
import { ROW_CHECKS } from "./row_checks.ts";
import type { Comparison, Row, TableFinding } from "./table.ts";

const title = (row: { method: string; activation: string }, rules: ReportRules) =>
  `${methodName(row.method, rules)} ${activationName(row.activation, rules)}`;

/** What was found in a training or in the attacks on its model. */
interface CellFinding {
  readonly kind: string;
  /** The attacks, where it is not all of them. */
  readonly where: string;
  readonly text: string;
}

/** What seeds of a row differ in that are found alike: measured numbers and epochs. */
const NUMBER = /epoch \d+|\d+\.\d+/g;

/** The seeds of a row in which something was found, for example ` (seeds 1, 3; numbers of seed 1)`. */
function seedText(row: RowRecord, found: readonly { seed: number; text: string }[]): string {
  if (row.cells.length === 1) return "";
  const [{ seed, text }] = found;
  if (found.length === 1) return ` (seed ${seed})`;
  return ` (seeds ${found.map(({ seed }) => seed).join(", ")}` +
    (found.every((one) => one.text === text) ? ")" : `; numbers of seed ${seed})`);
}

/**
 * What the attack cells found, each text once: both attacks check the same model. A flag that the
 * table's own checks have raised is not repeated.
 */
function ofVerdicts(
  { attacks }: CellRecord,
  raised: ReadonlySet<string>,
  rules: ReportRules,
) {
  const columns = new Map<string, { kind: string; columns: string[] }>();
  for (const [column, { findings = [] }] of Object.entries(attacks)) {
    for (const { flag, text } of findings) {
      if (raised.has(flag)) continue;
      const known = columns.get(text) ?? { kind: flag, columns: [] };
      columns.set(text, { kind: flag, columns: [...known.columns, columnName(column, rules)] });
    }
  }
  const all = Object.keys(attacks).length;
  return [...columns].map(([text, { kind, columns }]) => ({
    kind,
    where: columns.length === all ? "" : `, ${columns.join(" and ")}`,
    text,
  }));
}

function mixedSettings(cells: readonly CellRecord[]): TableFinding[] {
  const verdicts = cells.flatMap((cell) => Object.values(cell.attacks));
  const kinds: [string, string[]][] = [
    ["widths", cells.map((cell) => String(cell.width))],
    ["epochs", cells.map((cell) => String(cell.epochs))],
    ["image counts", verdicts.map((verdict) => countText(verdict.images))],
    ["epsilons", verdicts.map((verdict) => epsilonText(verdict.epsilon))],
  ];
  return kinds.map(([name, values]) => [name, [...new Set(values)]] as const)
    .filter(([, values]) => values.length > 1)
    .map(([name, values]) => ({
      kind: "mixed-settings",
      text: `The cells differ in ${name}: ${values.join(", ")}`,
    }));
}

function widestInterval(rows: readonly Row[], rules: ReportRules): TableFinding[] {
  let widest: { row: Row; column: string; half: number; images: number } | undefined;
  for (const row of rows) {
    for (const [column, { interval, images }] of Object.entries(row.values)) {
      if (widest === undefined || interval.half_width > widest.half) {
        widest = { row, column, half: interval.half_width, images };
      }
    }
  }
  if (widest === undefined) return [];
  return [{
    kind: "widest-interval",
    text:
      `The widest 95 % confidence interval is ± ${percentText(widest.half)} percentage points ` +
      `(Wilson, ${countText(widest.images)} images; ${title(widest.row, rules)}, ` +
      `${columnName(widest.column, rules)})`,
  }];
}

/** Differences that are named one by one. */
const NAMED = 6;

function differences(found: readonly Comparison[], rules: ReportRules): TableFinding[] {
  if (found.length === 0) return [];
  const beyond = found.filter(({ beyond_noise }) => beyond_noise);
  const names = beyond.slice(0, NAMED).map(({ row, column, difference }) => {
    const [method, activation] = row.split("/");
    return `${title({ method, activation }, rules)}, ${columnName(column, rules)} ` +
      differenceText(difference);
  });
  const more = beyond.length - names.length;
  const how = found.every(({ paired }) => paired) ? "by image; " : "";
  return [{
    kind: "differences",
    text: `${beyond.length === 0 ? "None" : beyond.length} of ${found.length} differences from a ` +
      `method's first activation ${beyond.length < 2 ? "is" : "are"} more than noise (${how}` +
      `5 %, Holm's correction)${names.length === 0 ? "" : `: ${names.join("; ")}`}` +
      (more > 0 ? `; and ${more} more in table1.json` : ""),
  }];
}

/**
 * All findings of a table, those of rows first.
 *
 * @param comparisons Those of its rows
 */
export function findings(
  input: TableInput,
  rows: readonly Row[],
  comparisons: readonly Comparison[],
): TableFinding[] {
  const found: TableFinding[] = [];
  for (const row of input.rows) {
    const alike = new Map<string, (CellFinding & { seed: number })[]>();
    for (const cell of row.cells) {
      const own = ROW_CHECKS.flatMap((check) => check(row, cell, input));
      const raised = new Set(own.map(({ kind }) => kind));
      for (
        const one of [
          ...own.map((entry) => ({ ...entry, where: "" })),
          ...ofVerdicts(cell, raised, input.rules),
        ]
      ) {
        const key = [one.kind, one.where, one.text.replace(NUMBER, "")].join("\n");
        alike.set(key, [...alike.get(key) ?? [], { ...one, seed: cell.seed }]);
      }
    }
    for (const ones of alike.values()) {
      const [{ kind, where, text }] = ones;
      found.push({
        kind,
        row: `${row.method}/${row.activation}`,
        text: `${title(row, input.rules)}${where}${seedText(row, ones)}: ${text}`,
      });
    }
  }
  const cells = input.rows.flatMap((row) => row.cells);
  const misnamed = input.dataRemark === undefined
    ? []
    : [{ kind: "data-misnamed", text: input.dataRemark }];
  return [
    ...found,
    ...misnamed,
    ...mixedSettings(cells),
    ...checkpointFindings(input.rows, input.rules),
    ...differences(comparisons, input.rules),
    ...widestInterval(rows, input.rules),
  ];
}
