/** Robust accuracy over the radius, of all rows. @module */
import { type CurveRecord, GREY } from "../../curve/record.ts";
import { countText, epsilonText, type ReportRules } from "../names.ts";
import type { TableFinding } from "../table.ts";
import { type CellRow, cellRows, readRecord } from "./cell_rows.ts";
import { measuredFinding } from "./flags.ts";
import { titleOf } from "./plain_table.ts";

/** The curve of one seed. */
export interface SeedCurve {
  readonly seed: number;
  readonly cell: string;
  /** By radius: share of the test images that stand. */
  readonly accuracy: readonly number[];
}

/** The curve of a row. */
export interface CurveRow {
  readonly method: string;
  readonly activation: string;
  /** Radius at which the row is attacked in the table, pixels in [0, 1]. */
  readonly epsilon: number;
  /** Radii in pixels in [0, 1]; those of all lists. */
  readonly epsilons: readonly number[];
  /** Mean over the seeds. */
  readonly accuracy: readonly number[];
  readonly seeds: readonly SeedCurve[];
}

/** What the cell `curve` leaves as `curve.json`. */
export interface CurveReport {
  readonly profile: string;
  /** The data's name for people. */
  readonly data: string;
  readonly images: number;
  /** Names of the attacks, in order. */
  readonly attacks: readonly string[];
  readonly iterations: number;
  readonly rows: readonly CurveRow[];
  readonly findings: readonly TableFinding[];
}

/**
 * Reads a cell's `curve.json`.
 *
 * @throws {SyntaxError} If it is not as the stage `curve` writes it
 */
export const readCurve = (file: string, text: string): CurveRecord =>
  readRecord<CurveRecord>(file, text, ({ epsilons, epsilon, accuracy, grey }) => ({
    "epsilons to be a list that has epsilon": epsilons?.includes?.(epsilon!),
    "accuracy to be one for each radius": accuracy?.length === epsilons?.length,
    "grey to be what plain grey says, or null": grey !== undefined,
  }));

/** Attacks that missed examples which there must be. */
function curveFindings(
  { method, activation, seeds }: CellRow<CurveRecord>,
  rules: Pick<ReportRules, "method" | "activation">,
): TableFinding[] {
  const row = { method, activation };
  return seeds.flatMap(({ seed, record: { grey, epsilons, images } }) => {
    if (grey === null || grey.missed === 0) return [];
    const which = seeds.length === 1 ? "" : ` (seed ${seed})`;
    return measuredFinding(
      "large-radius",
      row,
      `${titleOf(row, rules)}${which}: ${countText(grey.missed)} of ${countText(images)} images ` +
        `stand at radius ${epsilonText(epsilons[epsilons.length - 1])}, although plain grey, ` +
        "which each of them may become, is of another class",
    );
  });
}

/** Puts the curves of all models together. */
export function curveReport(
  cells: readonly (readonly [cell: string, record: CurveRecord])[],
  { profile, data }: { readonly profile: string; readonly data: string },
  rules: Pick<ReportRules, "method" | "activation">,
): CurveReport {
  const rows = cellRows("curve", cells), [{ seeds: [{ record: first }] }] = rows;
  return {
    ...{ profile, data, images: first.images },
    ...{ attacks: first.attacks, iterations: first.iterations },
    rows: rows.map(({ method, activation, seeds }) => {
      const { epsilons, epsilon } = seeds[0].record;
      return {
        ...{ method, activation, epsilon, epsilons },
        accuracy: epsilons.map((_, k) =>
          seeds.reduce((sum, { record }) => sum + record.accuracy[k], 0) / seeds.length
        ),
        seeds: seeds.map(({ seed, cell, record: { accuracy } }) => ({ seed, cell, accuracy })),
      };
    }),
    findings: rows.flatMap((row) => curveFindings(row, rules)),
  };
}

/** What the largest radius says, in a sentence without a full stop. */
export function largestRadiusText(
  { rows, findings }: Pick<CurveReport, "rows" | "findings">,
  rules: Pick<ReportRules, "method" | "activation">,
): string {
  const ends = rows.map((row) => row.epsilons[row.epsilons.length - 1]);
  const least = Math.min(...ends), text = epsilonText(least);
  if (least < GREY) {
    return `The grid ends at ${text}: only from 1/2 on, where every image may become plain grey, ` +
      "must all images fall, so that it says nothing of masked gradients";
  }
  const left = rows.filter(({ accuracy }) => accuracy[accuracy.length - 1] > 0);
  if (left.length === 0) {
    return `At ${text} every image of every row has fallen, as must be where each may become ` +
      "plain grey: the attack sees its way";
  }
  const names = left.map((row) => titleOf(row, rules)).join(", ");
  return findings.length > 0
    ? `At ${text}, where every image may become plain grey, images stand of ${names}`
    : `At ${text} images stand of ${names}, all of the class that the model gives plain grey`;
}
