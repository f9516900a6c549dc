/** The panels of the theory figure. @module */
import * as Plot from "@observablehq/plot";
import type { Distribution } from "../../lib/theory/distribution.ts";
import type { LineStyle } from "./style.ts";
import { draw, LINEAR, logAxis, type PanelSize, symmetricTicks, tickText } from "./theory_axes.ts";

/** R over epsilon of one row: quantiles over images, along FGSM and PGD. */
export interface ErrorBands {
  readonly method: string;
  readonly activation: string;
  readonly style: LineStyle;
  /** Radii in 255ths. */
  readonly radii: readonly number[];
  readonly fgsm: readonly Distribution[];
  readonly pgd: readonly Distribution[];
}

/** One line over epsilon. */
export interface RadiusLine {
  readonly method: string;
  readonly activation: string;
  readonly style: LineStyle;
  readonly radii: readonly number[];
  readonly values: readonly number[];
}

const RADIUS_AXIS = { label: "ε in 255ths", labelArrow: "none", labelAnchor: "center" } as const;

/** R over epsilon, one frame for each row: bands of quantiles along FGSM, the median along PGD. */
export function errorPanel(rows: readonly ErrorBands[], size: PanelSize): string {
  const points = rows.flatMap(({ method, activation, style, radii, fgsm, pgd }) =>
    radii.map((radius, k) => ({
      ...{ method, activation, radius, ...fgsm[k], color: style.color, pgd: pgd[k].q50 },
    }))
  );
  const low = Math.min(0, ...points.map(({ q05 }) => q05));
  const high = Math.max(...points.map(({ q95, pgd }) => Math.max(q95, pgd)));
  const facet = { fx: "activation", fy: "method", x: "radius" } as const;
  const band = (y1: string, y2: string, fillOpacity: number) =>
    Plot.areaY(points, { ...facet, y1, y2, fill: (d) => d.color, z: null, fillOpacity });
  return draw({
    marginLeft: 52,
    marginRight: 74,
    marginTop: 30,
    marginBottom: 40,
    fx: { domain: [...new Set(rows.map(({ activation }) => activation))], label: null },
    fy: { domain: [...new Set(rows.map(({ method }) => method))], label: null },
    x: { ...RADIUS_AXIS, ticks: 4 },
    y: { type: "symlog", constant: LINEAR, domain: [1.2 * low, 1.2 * high], label: null },
    marks: [
      Plot.gridY(symmetricTicks(low, high), { strokeOpacity: 0.12 }),
      Plot.axisY(symmetricTicks(low, high), { tickFormat: tickText, tickSize: 0, fontSize: 11 }),
      Plot.axisX({ ...RADIUS_AXIS, ticks: 4, tickSize: 3, fontSize: 11 }),
      Plot.frame({ strokeOpacity: 0.2 }),
      Plot.ruleY([0], { strokeOpacity: 0.45 }),
      band("q05", "q95", 0.18),
      band("q25", "q75", 0.3),
      Plot.lineY(points, { ...facet, y: "q50", z: null, stroke: (d) => d.color, strokeWidth: 2 }),
      Plot.lineY(points, {
        ...{ ...facet, y: "pgd", z: null, strokeWidth: 1.4, strokeDasharray: "2 2.5" },
        stroke: "currentColor",
      }),
    ],
  }, size);
}

/** omega over epsilon, one frame for each method; radius 0, where it is 0, is left out. */
export function omegaPanel(lines: readonly RadiusLine[], size: PanelSize): string {
  const points = lines.flatMap(({ method, activation, style, radii, values }) =>
    radii.flatMap((radius, k) =>
      values[k] > 0
        ? [{ method, activation, radius, value: values[k], color: style.color, dash: style.dash }]
        : []
    )
  );
  const axis = logAxis(points.map(({ value }) => value));
  return draw({
    marginLeft: 52,
    marginRight: 14,
    marginTop: 30,
    marginBottom: 40,
    fx: { domain: [...new Set(lines.map(({ method }) => method))], label: null },
    x: { ...RADIUS_AXIS },
    y: axis.scale,
    marks: [
      ...axis.marks,
      Plot.axisX({ ...RADIUS_AXIS, ticks: 6, tickSize: 3, fontSize: 11 }),
      Plot.frame({ strokeOpacity: 0.2 }),
      ...[undefined, "6 3"].map((dash) =>
        Plot.lineY(points.filter((point) => point.dash === dash), {
          ...{ x: "radius", y: "value", fx: "method", z: "activation", strokeWidth: 2 },
          stroke: (d) => d.color,
          strokeDasharray: dash,
        })
      ),
    ],
  }, size);
}
