import * as Plot from "@observablehq/plot";
import { activationName, methodName, type ReportRules } from "../../lib/report/mod.ts";
import type { CurveReport } from "../../lib/report/measured/curve.ts";
import { type Caption, sheetSvg } from "./sheet.ts";
import { activationStyles } from "./style.ts";
import { draw } from "./theory_axes.ts";

const LEFT = 16, TOP = 108, QUIET = 0.68, PANEL = { width: 400, height: 320 };

/** Radii in 255ths beyond which the axis is logarithmic: the table's are well inside. */
const BEND = 8;

const TICKS = [0, 4, 8, 16, 32, 64, 128, 255];

/**
 * Robust accuracy over the radius as SVG, one frame for each method and one line for each activation.
 *
 * @param setting Where the numbers come from: "overfitting profile, …"
 * @param rules What the rows name
 */
export function curveFigure(
  { rows }: Pick<CurveReport, "rows">,
  setting: string,
  rules: Pick<ReportRules, "method" | "activation">,
): string {
  const styles = activationStyles(rows.map(({ activation }) => activation), rules);
  const methods = [...new Set(rows.map(({ method }) => method))];
  const activations = [...new Set(rows.map(({ activation }) => activation))];
  const points = rows.flatMap(({ method, activation, epsilons, accuracy, seeds }) =>
    epsilons.map((epsilon, k) => {
      const own = seeds.map((seed) => 100 * seed.accuracy[k]);
      return {
        ...{ method: methodName(method, rules), activation, radius: 255 * epsilon },
        ...{ percent: 100 * accuracy[k], low: Math.min(...own), high: Math.max(...own) },
        ...styles[activation],
      };
    })
  );
  const most = Math.max(...points.map(({ high }) => high), 1);
  const largest = Math.max(...points.map(({ radius }) => radius));
  const columns = Math.min(methods.length, 4), lines = Math.ceil(methods.length / columns);
  const width = Math.max(760, 70 + PANEL.width * columns);
  const seeds = Math.max(...rows.map((row) => row.seeds.length));
  const ticks = TICKS.filter((tick) => tick <= largest + 1e-9);
  const facet = { x: "radius", z: "activation", stroke: "color", strokeWidth: 2 } as const;
  const captions: Caption[] = [
    { x: LEFT, y: 30, text: "Robust accuracy (%) by radius", size: 18, weight: 700 },
    { x: LEFT, y: 52, text: setting, size: 12.5, room: width - 2 * LEFT, opacity: QUIET },
    {
      ...{ x: LEFT, y: 70, size: 12.5, opacity: QUIET, room: width - 2 * LEFT },
      text: "what fell at a smaller radius counts as fallen; dashed: activations with a kink" +
        (seeds > 1 ? `; means over ${seeds} seeds, bands from the lowest to the highest` : ""),
    },
  ];
  const panels = Array.from({ length: lines }, (_, line) => {
    const own = methods.slice(line * columns, (line + 1) * columns)
      .map((name) => methodName(name, rules));
    const shown = points.filter(({ method }) => own.includes(method));
    const content = draw({
      marginLeft: 52,
      marginRight: 14,
      marginTop: 28,
      marginBottom: 42,
      fx: { domain: own, label: null },
      x: { type: "symlog", constant: BEND, domain: [0, largest], label: null },
      y: { domain: [0, 1.06 * most], label: null },
      color: { type: "identity" },
      marks: [
        Plot.gridY({ ticks: 5, strokeOpacity: 0.12 }),
        Plot.axisY({ ticks: 5, tickSize: 0, fontSize: 11 }),
        Plot.axisX(ticks, {
          ...{ tickSize: 3, fontSize: 11, label: "ε in 255ths", labelArrow: "none" },
          ...{ labelAnchor: "center", tickFormat: (tick: number) => String(tick) },
        }),
        Plot.frame({ strokeOpacity: 0.2 }),
        Plot.areaY(shown, {
          ...{ x: "radius", y1: "low", y2: "high", fx: "method", z: "activation" },
          ...{ fill: "color", fillOpacity: 0.12 },
        }),
        ...[undefined, "6 3"].map((dash) =>
          Plot.lineY(shown.filter((point) => point.dash === dash), {
            ...{ ...facet, y: "percent", fx: "method", strokeDasharray: dash },
          })
        ),
      ],
    }, { width: width - LEFT, height: PANEL.height });
    return { x: 0, y: TOP + line * PANEL.height - 20, content };
  });
  const legend = TOP + lines * PANEL.height - 4;
  let x = LEFT;
  const keys = activations.map((name) => {
    const text = activationName(name, rules), at = x, { color, dash } = styles[name];
    x += 40 + 7.2 * text.length;
    captions.push({ x: at + 26, y: legend + 4, text, size: 12 });
    return `<line x1="${at}" x2="${at + 20}" y1="${legend}" y2="${legend}" stroke="${color}" ` +
      `stroke-width="2.5"${dash ? ` stroke-dasharray="${dash}"` : ""}/>`;
  });
  return sheetSvg({
    width: Math.max(width, Math.ceil(x)),
    height: legend + 22,
    title: "Robust accuracy by radius, method and activation",
    description: `Line charts of robust accuracy by radius for ${rows.length} rows. ${setting}.`,
    captions,
    panels,
    extra: keys.join(""),
  });
}
