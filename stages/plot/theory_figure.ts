import { activationName, methodName, type ReportRules } from "../../lib/report/mod.ts";
import { bendOf, seedMean, type TheoryRow } from "../../lib/report/theory_rows.ts";
import type { Distribution } from "../../lib/theory/distribution.ts";
import type { Summary } from "../../lib/theory/record.ts";
import { type Caption, sheetSvg } from "./sheet.ts";
import { activationStyles } from "./style.ts";
import { bendPanel } from "./theory_bend_panel.ts";
import { errorPanel, omegaPanel } from "./theory_panels.ts";

const WIDTH = 1000, LEFT = 16, TOP = 128, QUIET = 0.68;
/** Heights of a method's row of frames and of the lower panels. */
const ROW = 128, LOWER = 300;

/** Means over seeds of each quantile. */
function meanBands({ seeds }: TheoryRow, of: (summary: Summary) => readonly Distribution[]) {
  const all = seeds.map(({ record }) => of(record.summary));
  return all[0].map((first, k) =>
    Object.fromEntries(
      Object.keys(first).map((name) => [
        name,
        all.reduce((sum, own) => sum + own[k][name as keyof Distribution], 0) / all.length,
      ]),
    ) as unknown as Distribution
  );
}

/**
 * The theory as SVG: R over epsilon for each row, omega over epsilon, and omega / epsilon^2 over the
 * largest second derivative of the activation.
 *
 * @param rows Rows with their seeds
 * @param setting Where the numbers come from: "overfitting profile, …"
 * @param rules What the rows name
 */
export function theoryFigure(
  rows: readonly TheoryRow[],
  setting: string,
  rules: Pick<ReportRules, "method" | "activation">,
): string {
  const styles = activationStyles(rows.map(({ activation }) => activation), rules);
  const common = (row: TheoryRow) => ({
    method: methodName(row.method, rules),
    activation: activationName(row.activation, rules),
    style: styles[row.activation],
    radii: row.seeds[0].record.epsilons.map((epsilon) => 255 * epsilon),
  });
  const methods = [...new Set(rows.map(({ method }) => methodName(method, rules)))];
  const activations = [...new Set(rows.map(({ activation }) => activation))];
  const upper = 70 + ROW * methods.length, below = TOP + upper + 58;
  const seeds = Math.max(...rows.map((row) => row.seeds.length));
  const split = 560;
  const captions: Caption[] = [
    { x: LEFT, y: 30, text: "The first-order approximation, measured", size: 18, weight: 700 },
    { x: LEFT, y: 52, text: setting, size: 12.5, room: WIDTH - 2 * LEFT, opacity: QUIET },
    {
      ...{ x: LEFT, y: 70, size: 12.5, opacity: QUIET },
      text: "omega is the largest error that a search found, a lower bound of the true one" +
        (seeds > 1 ? `; means over ${seeds} seeds` : ""),
    },
    { x: LEFT, y: 102, text: "Error *R*(*x*, *δ*) by radius", size: 14, weight: 600 },
    {
      ...{ x: LEFT, y: 119, size: 12, opacity: QUIET },
      text:
        "in nats; symmetric logarithmic axis; *δ* the FGSM step: median, 25 to 75 % and 5 to 95 % " +
        "of images; dotted: median with *δ* of PGD",
    },
    {
      ...{ x: LEFT, y: below - 26, size: 14, weight: 600 },
      text: "Largest error found, *ω*(*ε*), of the median image",
    },
    {
      ...{ x: LEFT, y: below - 9, size: 12, opacity: QUIET },
      text: "in nats; logarithmic axis; dashed: activations with a kink",
    },
    {
      ...{ x: split, y: below - 26, size: 14, weight: 600 },
      text: "*ω*(*ε*) / *ε*² by bend of the activation",
    },
    {
      ...{ x: split, y: below - 9, size: 12, opacity: QUIET, room: WIDTH - split - 8 },
      text: "mean of images; ring: smallest ε; filled: largest" +
        (methods.length > 1 ? ` (disc ${methods[0]}, square ${methods.slice(1).join(", ")})` : ""),
    },
  ];
  const legend = below + LOWER + 14;
  let x = LEFT;
  const keys = activations.map((name) => {
    const text = activationName(name, rules), at = x;
    x += 40 + 7.2 * text.length;
    const { color, dash } = styles[name];
    captions.push({ x: at + 26, y: legend + 4, text, size: 12 });
    return `<line x1="${at}" x2="${at + 20}" y1="${legend}" y2="${legend}" stroke="${color}" ` +
      `stroke-width="2.5"${dash ? ` stroke-dasharray="${dash}"` : ""}/>`;
  });
  return sheetSvg({
    width: WIDTH,
    height: legend + 22,
    title: "The error of the loss' first-order approximation by radius, method and activation",
    description:
      `Small line charts of R by radius for ${rows.length} rows, a chart of the largest ` +
      `error found by radius, and one of it over the squared radius by the largest second ` +
      `derivative of the activation. ${setting}.`,
    captions,
    extra: keys.join(""),
    panels: [
      {
        ...{ x: 0, y: TOP },
        content: errorPanel(
          rows.map((row) => ({
            ...common(row),
            fgsm: meanBands(row, (of) => of.linearization_error.fgsm),
            pgd: meanBands(row, (of) => of.linearization_error.pgd),
          })),
          { width: WIDTH, height: upper },
        ),
      },
      {
        ...{ x: 0, y: below },
        content: omegaPanel(
          rows.map((row) => ({
            ...common(row),
            values: meanBands(row, (of) => of.omega_by_image).map(({ q50 }) => q50),
          })),
          { width: split - 20, height: LOWER },
        ),
      },
      {
        ...{ x: split - 16, y: below },
        content: bendPanel(
          rows.map((row) => ({
            ...common(row),
            bend: bendOf(row),
            smallest: seedMean(row, (of) => of.curvature.omega_by_image[0])!,
            largest: seedMean(row, (of) => of.curvature.omega_by_image.at(-1))!,
          })),
          { width: WIDTH - split + 8, height: LOWER },
        ),
      },
    ],
  });
}
