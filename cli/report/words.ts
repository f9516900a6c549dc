/** How the page writes rows and numbers. @module */
import { activationName, columnName, methodName, type Row } from "../../lib/report/mod.ts";
import type { ReportData } from "./data.ts";

/** "IGR GELU" */
export const rowTitle = (
  { method, activation }: Pick<Row, "method" | "activation">,
  { rules }: Pick<ReportData, "rules">,
): string => `${methodName(method, rules)} ${activationName(activation, rules)}`;

/** "smooth", "piecewise linear", …; nothing where the rule is not known. */
export const kindOf = (
  { activation }: Pick<Row, "activation">,
  { rules }: Pick<ReportData, "rules">,
): string => rules.activation[activation]?.kind ?? "";

/** Whether the derivative of an activation jumps; drawn as a square, and dashed. */
export const isKinked = (row: Pick<Row, "activation">, data: Pick<ReportData, "rules">): boolean =>
  kindOf(row, data).startsWith("piecewise");

/** "AutoAttack-Linf" as the paper has it: "AutoAttack". */
export const columnTitle = (column: string, { rules }: Pick<ReportData, "rules">): string =>
  columnName(column, rules).replace("-Linf", "");

/** A number with a minus sign as printed; "no number" for NaN and what JSON has null for. */
export function numberText(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "no number";
  return value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
}

/** A sentence with minus signs as printed. */
export const printed = (text: string): string => text.replaceAll(/(^|[\s(])-(?=\d)/g, "$1−");

/** `+4.7`: a difference shows its sign. */
export const signedText = (value: number, digits = 1): string =>
  (Number(value.toFixed(digits)) > 0 ? "+" : "") + numberText(value, digits);

/** "18.3–33.2" */
export const rangeText = (low: number | null, high: number | null, digits = 1): string =>
  `${numberText(low, digits)}–${numberText(high, digits)}`;

/** The class of CSS that gives a row's activation its colour: warm for kinks. */
export function seriesClasses(
  rows: readonly Pick<Row, "activation">[],
  data: Pick<ReportData, "rules">,
): Readonly<Record<string, string>> {
  const taken = { k: 0, s: 0 }, found: Record<string, string> = {};
  for (const row of rows) {
    const family = isKinked(row, data) ? "k" : "s";
    found[row.activation] ??= `${family}${taken[family]++ % 4}`;
  }
  return found;
}

/** "2026-11-27 10:00 UTC" */
export const timeText = (iso: string): string =>
  iso.replace("T", " ").replace(/:\d\d(\.\d+)?Z$/, " UTC");
