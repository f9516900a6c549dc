import * as Plot from "@observablehq/plot";
import type { DialReport, DrawnDial } from "../../lib/report/measured/dial.ts";
import { columnName, type ReportRules } from "../../lib/report/mod.ts";
import { type Caption, sheetSvg } from "./sheet.ts";
import { activationStyles, BRANCH_COLORS, type LineStyle, PARENT_COLOR } from "./style.ts";
import { draw } from "./theory_axes.ts";

const LEFT = 16, TOP = 116, QUIET = 0.68, PANEL = { width: 440, height: 320 };

/** Values so many times the smallest stand on a logarithmic axis. */
const WIDE = 8;

/** Pixels between the seeds of one line and those of the next. */
const BESIDE = 6;

/** How lines of a dial look: as activations do everywhere, or in the order of methods. */
function stylesOf(
  { part, lines }: DrawnDial,
  rules: Pick<ReportRules, "activation">,
): Readonly<Record<string, LineStyle>> {
  const names = lines.map(({ name }) => name);
  if (part === "method") return activationStyles(names, rules);
  return Object.fromEntries(
    names.map((name, i) => [name, { color: BRANCH_COLORS[i] ?? PARENT_COLOR }]),
  );
}

function dialPanel(dial: DrawnDial, styles: Readonly<Record<string, LineStyle>>): string {
  const means = dial.lines.flatMap(({ name, points }) =>
    points.map(({ value, accuracy }) => ({ name, value, percent: 100 * accuracy, ...styles[name] }))
  );
  const seeds = dial.lines.map(({ name, points }) =>
    points.flatMap(({ value, seeds }) =>
      seeds.map(({ accuracy, collapsed }) => ({
        ...{ value, percent: 100 * accuracy, collapsed },
        ...styles[name],
      }))
    )
  );
  const values = [...new Set(means.map(({ value }) => value))].sort((a, b) => a - b);
  const isWide = values[0] > 0 && values[values.length - 1] >= WIDE * values[0];
  const dots = { x: "value", y: "percent" } as const;
  return draw({
    marginLeft: 48,
    marginRight: 20,
    marginTop: 12,
    marginBottom: 42,
    x: { type: isWide ? "log" : "linear", inset: 18, label: null },
    y: {
      domain: [0, 1.1 * Math.max(1, ...seeds.flat().map(({ percent }) => percent))],
      label: null,
    },
    color: { type: "identity" },
    marks: [
      Plot.gridY({ ticks: 5, strokeOpacity: 0.12 }),
      Plot.axisY({ ticks: 5, tickSize: 0, fontSize: 11 }),
      Plot.axisX(values, {
        ...{ tickSize: 3, fontSize: 11, label: dial.title, labelArrow: "none" },
        ...{ labelAnchor: "center", tickFormat: (value: number) => String(value) },
      }),
      Plot.frame({ strokeOpacity: 0.2 }),
      ...[undefined, "6 3"].map((dash) =>
        Plot.lineY(means.filter((point) => point.dash === dash), {
          ...{ ...dots, z: "name", stroke: "color", strokeWidth: 2, strokeDasharray: dash },
        })
      ),
      ...seeds.flatMap((own, i) => {
        const dx = BESIDE * (i - (seeds.length - 1) / 2);
        return [
          Plot.dot(own.filter(({ collapsed }) => !collapsed), {
            ...{ ...dots, dx, r: 3, fill: "color" },
          }),
          Plot.dot(own.filter(({ collapsed }) => collapsed), {
            ...{ ...dots, dx, symbol: "times", r: 4.5, stroke: "color", strokeWidth: 1.8 },
          }),
        ];
      }),
    ],
  }, PANEL);
}

/**
 * Robust accuracy over one parameter of a rule as SVG, one panel a dial.
 *
 * @param setting Where the numbers come from: "map profile, …"
 * @param rules What the rows name
 */
export function dialFigure(
  { dials, attack }: Pick<DialReport, "dials" | "attack">,
  setting: string,
  rules: Pick<ReportRules, "activation" | "attack">,
): string {
  const columns = Math.min(2, dials.length), rows = Math.ceil(dials.length / columns);
  const width = Math.max(760, LEFT + columns * (PANEL.width + 28));
  const captions: Caption[] = [], shapes: string[] = [];
  const panels = dials.map((dial, n) => {
    const x = (n % columns) * (PANEL.width + 20);
    const y = TOP + Math.floor(n / columns) * (PANEL.height + 50);
    const styles = stylesOf(dial, rules);
    let at = LEFT + x + 34;
    for (const { name, title } of dial.lines) {
      const { color, dash } = styles[name];
      shapes.push(
        `<line x1="${at}" x2="${at + 18}" y1="${y - 8}" y2="${y - 8}" stroke="${color}" ` +
          `stroke-width="2.5"${dash ? ` stroke-dasharray="${dash}"` : ""}/>`,
      );
      captions.push({ x: at + 23, y: y - 4, text: title, size: 11.5 });
      at += 34 + 6.4 * title.length;
    }
    return { x, y, content: dialPanel(dial, styles) };
  });
  return sheetSvg({
    width,
    height: TOP + rows * (PANEL.height + 50) - 38,
    title: `Robust accuracy by ${dials.map(({ title }) => title).join(" and by ")}`,
    description: `Line charts of robust accuracy by one parameter of a rule. ${setting}.`,
    captions: [
      {
        ...{ x: LEFT, y: 30, size: 18, weight: 700 },
        text: `Robust accuracy (%) under ${columnName(attack, rules)} by one parameter`,
      },
      { x: LEFT, y: 52, text: setting, size: 12.5, room: width - 2 * LEFT, opacity: QUIET },
      {
        ...{ x: LEFT, y: 70, size: 12.5, opacity: QUIET, room: width - 2 * LEFT },
        text: "a dot for each seed, a cross for a seed whose training collapsed; lines: means",
      },
      ...captions,
    ],
    extra: shapes.join(""),
    panels,
  });
}
