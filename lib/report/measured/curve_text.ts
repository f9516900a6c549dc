import { wrap } from "../../std/wrap.ts";
import { columnName, countText, epsilonText, type ReportRules } from "../names.ts";
import { percentText } from "../numbers.ts";
import { type CurveReport, type CurveRow, largestRadiusText } from "./curve.ts";
import { type Column, plainTable } from "./plain_table.ts";

const WIDTH = 100;

/** `16/255` as "16", for a column whose heads are all in 255ths. */
const head = (epsilon: number) => epsilonText(epsilon).replace("/255", "");

/** "APGD-CE and APGD-T, 40 iterations each" */
export const attacksText = (
  { attacks, iterations }: Pick<CurveReport, "attacks" | "iterations">,
  rules: Pick<ReportRules, "attack">,
): string =>
  `${attacks.map((name) => columnName(name, rules)).join(" and ")}, ${iterations} iterations` +
  (attacks.length > 1 ? " each" : "");

/** Robust accuracy over the radius, for a terminal of 100 columns; ends with a newline. */
export function curveText(
  report: CurveReport,
  rules: Pick<ReportRules, "method" | "activation" | "attack">,
): string {
  const { rows, findings, profile, data, images } = report;
  const seeds = Math.max(...rows.map((row) => row.seeds.length));
  const epsilons = [...new Set(rows.flatMap((row) => row.epsilons))].sort((a, b) => a - b);
  const columns = epsilons.map((epsilon): Column<CurveRow> => [
    head(epsilon),
    (row) => {
      const at = row.epsilons.indexOf(epsilon);
      return at < 0 ? "-" : percentText(100 * row.accuracy[at]);
    },
  ]);
  const note = (text: string) => wrap(text, WIDTH);
  return [
    ...note(
      `Robust accuracy (%) by radius in 255ths. ${profile} profile, ${data} data, the first ` +
        `${countText(images)} test images, ${attacksText(report, rules)}, ` +
        `${seeds === 1 ? "1 seed" : `means over ${seeds} seeds`}.`,
    ),
    "",
    ...plainTable(rows, columns, rules),
    "",
    ...note(
      "An image that fell at a smaller radius counts as fallen at all larger ones, where the same " +
        "example lies in the ball. " + largestRadiusText(report, rules) + ".",
    ),
    ...findings.flatMap(({ text }) => ["", ...note(`▲ ${text}.`)]),
  ].join("\n") + "\n";
}
