/** A comparison of two tables for people. @module */
import { countText, differenceText, percentText } from "../../lib/report/mod.ts";
import { valueText } from "../../pipeline/freshness/change_text.ts";
import type { NumberDifference, Only } from "./differences.ts";
import type { SettingDifference } from "./settings.ts";
import type { Side } from "./side.ts";

/** All that `diff` found. */
export interface Comparison {
  readonly a: Side;
  readonly b: Side;
  readonly numbers: readonly NumberDifference[];
  readonly only: readonly Only[];
  readonly settings: readonly SettingDifference[];
  /** Cells whose settings are not known. */
  readonly unknown: readonly string[];
}

/** The comparison in lines of at most 100 columns, long names aside. */
export function comparisonLines(comparison: Comparison): string[] {
  const { a, b, numbers, only, settings, unknown } = comparison;
  const beyond = numbers.filter(({ beyond_noise }) => beyond_noise).length;
  return [
    ...[sideLine("A", a), sideLine("B", b), ""],
    `${beyond} of ${numbers.length} differences ${
      beyond === 1 ? "is" : "are"
    } more than noise (5 %, Holm's correction), marked *`,
    ...numberLines(numbers),
    "",
    ...howLines(numbers),
    ...only.map(({ side, what, name }) => `${what} ${name}: in ${side.toUpperCase()} alone`),
    ...settings.length === 0 ? [] : ["", "Settings that differ, A -> B", ...settingLines(settings)],
    ...unknown.length === 0 ? [] : [
      "",
      `Settings of ${countOf(unknown, 2)} are not known: the store has no record of their runs`,
    ],
  ];
}

const sideLine = (letter: string, { name, kind, finished }: Side) =>
  `${letter}  ${kind} ${name}${
    finished === undefined ? "" : `, table of ${finished.replace("T", " ").slice(0, 16)} UTC`
  }`;

function numberLines(numbers: readonly NumberDifference[]): string[] {
  const table = [
    ["row", "column", "A, %", "B, %", "B - A", "95 % interval", "p"],
    ...numbers.map(({ row, column, a, b, difference, interval: { low, high }, p_holm, ...how }) => [
      row,
      column,
      percentText(a.percent),
      percentText(b.percent),
      differenceText(difference),
      `${differenceText(low)} to ${differenceText(high)}`,
      `${p_holm < 0.001 ? "<0.001" : p_holm.toFixed(3)}${how.beyond_noise ? " *" : "  "}`,
    ]),
  ];
  const widths = table[0].map((_, i) => Math.max(...table.map((fields) => fields[i].length)));
  return table.map((fields) =>
    fields.map((field, i) => i < 2 ? field.padEnd(widths[i]) : field.padStart(widths[i]))
      .join("  ").trimEnd()
  );
}

/** What was compared with what, one line for all numbers of which the same holds. */
function howLines(numbers: readonly NumberDifference[]): string[] {
  const texts = new Map<string, number>();
  for (const { a, b, images } of numbers) {
    const seeds = a.seeds === b.seeds ? seedText(a.seeds) : `${a.seeds} and ${seedText(b.seeds)}`;
    const which = images === "same"
      ? `the same ${countText(a.images)} images, one by one`
      : `${countText(a.images)} and ${countText(b.images)} ${
        images === "other" ? "other images" : "images, by counts: the store lacks verdicts"
      }`;
    const text = `${which}; ${seeds}`;
    texts.set(text, (texts.get(text) ?? 0) + 1);
  }
  return [...texts].map(([text, count]) => texts.size === 1 ? `On ${text}` : `${count} on ${text}`);
}

const seedText = (seeds: number) => `${seeds} ${seeds === 1 ? "seed" : "seeds"}`;

function settingLines(settings: readonly SettingDifference[]): string[] {
  return settings.map(({ cells, name, a, b, ids }) => {
    const change = a === null && b === null ? "differs" : `${valueText(a)} -> ${valueText(b)}`;
    return `  ${cells} (${countOf(ids, 1)})  ${name}: ${change}`;
  });
}

/** Names as many cells as are worth it, and counts more. */
const countOf = (ids: readonly string[], named: number) =>
  ids.length <= named ? ids.join(", ") : `${ids.length} cells`;
