/** Readings of the paper's setting for a terminal. @module */
import { dataName } from "./caption.ts";
import { columnName, countText, type ReportRules } from "./names.ts";
import { differenceText, percentText } from "./numbers.ts";
import { distanceOf } from "./pattern.ts";
import type { JudgedReading, Readings } from "./readings_record.ts";
import { activationName } from "./names.ts";
import { wrap } from "../std/wrap.ts";

const WIDTH = 100;

/** Which reading comes nearest, in a sentence without a full stop. */
export function verdictText({ readings, by }: Readings): string {
  const [nearest, ...others] = readings;
  const paper = nearest.rows.map(({ values }) => values[by].paper);
  const equal = distanceOf(paper.map(() => 0), paper);
  const { distance } = nearest.columns[by];
  const open = others.filter(({ behind }) => !behind!.decided);
  const names = (decided: boolean) =>
    others.filter(({ behind }) => behind!.decided === decided).map(({ name }) => name).join(", ");
  const first = open.length === 0
    ? `${nearest.name} comes nearest to the paper's pattern`
    : open.length === others.length
    ? `Not decided: ${nearest.name} is nearest, and every other reading may be`
    : `Not decided: ${nearest.name} is nearest, and ${names(false)} may be; farther by more than ` +
      `noise: ${names(true)}`;
  return distance < equal
    ? first
    : `${first}; none is nearer than rows without any difference would be ` +
      `(${percentText(equal)} points)`;
}

const interval = ({ low, high }: { readonly low: number; readonly high: number }) =>
  `${differenceText(low)} to ${differenceText(high)}`;

/** Fields of a reading, one line a column. */
function measures({ name, columns, behind }: JudgedReading, at: number, by: string, rules: Names) {
  return Object.entries(columns).map(([column, one], k) => [
    k === 0 ? `${at + 1} ${name}` : "",
    columnName(column, rules) + (column === by ? " *" : ""),
    percentText(one.distance),
    column !== by || behind === null ? "" : interval(behind) + (behind.decided ? "" : " ?"),
    one.tau === null ? "-" : one.tau.toFixed(2),
    `${one.as_in_paper} of ${one.beyond_noise}`,
    one.gap === null ? "-" : `${differenceText(one.gap)} (${interval(one.gap_interval!)})`,
    one.paper_gap === null ? "-" : differenceText(one.paper_gap),
    percentText(one.rms),
  ]);
}

/** Fields of a reading's rows. */
const numbers = ({ name, rows }: JudgedReading, columns: readonly string[], rules: Names) =>
  rows.map(({ activation, values }, k) => [
    k === 0 ? name : "",
    activationName(activation, rules),
    ...columns.flatMap((column) => {
      const { percent, low, high, paper } = values[column];
      return [
        `${percentText(percent)} (${percentText(low)}-${percentText(high)})`,
        percentText(paper),
      ];
    }),
  ]);

type Names = Pick<ReportRules, "activation" | "attack">;

/** Lines of columns, the first two to the left, with a rule beneath the head. */
function grid(head: readonly string[], body: readonly (readonly string[])[][]): string[] {
  const lines = body.flat();
  const widths = head.map((text, i) =>
    Math.max(text.length, ...lines.map((fields) => fields[i].length))
  );
  const line = (fields: readonly string[]) =>
    fields.map((text, i) => i < 2 ? text.padEnd(widths[i]) : text.padStart(widths[i])).join("  ")
      .trimEnd();
  return [
    line(head),
    "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2)),
    ...lines.map(line),
  ];
}

/** Readings as text; ends with a newline. */
export function readingsText(readings: Readings, rules: Names): string {
  const { profile, data, images, seeds, columns, by, draws } = readings;
  const all = readings.readings, last = columnName(by, rules), { length } = all;
  const setting = `${profile} profile, ${dataName(data)} data, ${countText(images)} test images, ` +
    `${seeds === 1 ? "1 seed" : `${seeds} seeds`} a row`;
  const notes = [
    `distance: root mean square difference from the paper's numbers, in points, when the mean of ` +
    `either is taken out; * the column by which readings are in order`,
    `farther: interval of the distance less the nearest's, ${
      countText(draws)
    } draws of the bootstrap over ${seeds === 1 ? "images" : "images and seeds"}` +
    (length > 2 ? `, ${length - 1} intervals that hold together at 95 %` : ", 95 %") +
    "; ? not more than noise",
    "tau-b: Kendall's rank correlation with the paper's numbers",
    "order: pairs of rows in the paper's order, of those that differ by more than noise " +
    `(5 %, Holm's correction)`,
    "gap: rows without a kink less the others, in points, with its 95 % interval",
    "rms: root mean square difference from the paper's numbers, in points",
    ...seeds === 1
      ? [
        "A row has one seed: intervals are for other images, and how trainings differ by chance is " +
        "not in them",
      ]
      : [],
  ];
  return [
    ...wrap(`Readings of the paper's setting, the nearest first, by ${last}. ${setting}.`, WIDTH),
    "",
    ...wrap(verdictText(readings) + ".", WIDTH),
    "",
    ...all.flatMap(({ name, text }, at) => wrap(`${at + 1} ${name}: ${text}`, WIDTH, "  ")),
    "",
    ...grid(
      ["Reading", "Column", "distance", "farther", "tau-b", "order", "gap", "paper's", "rms"],
      all.map((one, at) => measures(one, at, by, rules)),
    ),
    "",
    ...grid(
      ["Reading", "Row", ...columns.flatMap((column) => [columnName(column, rules), "paper"])],
      all.map((one) => numbers(one, columns, rules)),
    ),
    "",
    "Notes",
    ...notes.flatMap((text) => wrap(`- ${text}`, WIDTH, "  ")),
  ].join("\n") + "\n";
}
