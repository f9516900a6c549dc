/** The panels of the theory figure. @module */
import * as Plot from "@observablehq/plot";
import type { Distribution } from "../../lib/theory/distribution.ts";
import { logTicks } from "./panel.ts";
import { document, plotContent } from "./plot_content.ts";
import type { LineStyle } from "./style.ts";

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

/** A row among largest second derivatives. */
export interface BendPoint {
  readonly method: string;
  readonly style: LineStyle;
  /** `Infinity` where there is a kink. */
  readonly bend: number;
  /** omega / epsilon^2 at the smallest and at the largest radius. */
  readonly smallest: number;
  readonly largest: number;
}

/** Width and height of a panel in pixels. */
export interface PanelSize {
  readonly width: number;
  readonly height: number;
}

const RADIUS_AXIS = { label: "ε in 255ths", labelArrow: "none", labelAnchor: "center" } as const;

/** Where a symmetric logarithm turns linear, and the smallest of its ticks besides 0; nats. */
const LINEAR = 1e-4, LEAST_TICK = 1e-3;

/** 0 and powers of ten of either sign, every second one where they are many. */
export function symmetricTicks(low: number, high: number): number[] {
  const powers = (limit: number) => {
    const ticks: number[] = [];
    for (let power = Math.log10(LEAST_TICK); 10 ** power <= limit; power++) ticks.push(10 ** power);
    return ticks.filter((_, i) => ticks.length < 4 || (ticks.length - 1 - i) % 2 === 0);
  };
  return [...powers(-low).map((tick) => -tick).toReversed(), 0, ...powers(high)];
}

/** A tick's label; powers of ten below a thousandth as such. */
function tickText(value: number): string {
  const power = Math.log10(Math.abs(value));
  if (value === 0 || power > -3.5) {
    return value.toLocaleString("en-US", { maximumSignificantDigits: 2 }).replace("-", "−");
  }
  return `${value < 0 ? "−" : ""}10⁻${"⁰¹²³⁴⁵⁶⁷⁸⁹"[Math.round(-power)]}`;
}

/** Axis and grid of a logarithm that holds all values with some air. */
function logAxis(values: readonly number[]) {
  const known = values.filter((value) => value > 0);
  const domain: [number, number] = known.length === 0
    ? [0.1, 1]
    : [Math.min(...known) / 1.6, Math.max(...known) * 1.6];
  const all = logTicks(...domain),
    powers = all.filter((tick) => Number.isInteger(Math.log10(tick)));
  const ticks = powers.length > 2 ? powers : all;
  return {
    scale: { type: "log", domain, label: null },
    marks: [
      Plot.gridY(ticks, { strokeOpacity: 0.12 }),
      Plot.axisY(ticks, { tickFormat: tickText, tickSize: 0, fontSize: 11 }),
    ],
  } as const;
}

const draw = (options: Plot.PlotOptions, { width, height }: PanelSize): string => {
  const svg = Plot.plot({ document, width, height, style: { fontSize: "12px" }, ...options });
  return `<g text-anchor="middle" font-size="12">${plotContent(svg)}</g>`;
};

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

/**
 * omega / epsilon^2 over the largest second derivative: from the smallest radius (ring) to the largest
 * (disc), which coincide where R grows as epsilon^2. Activations with a kink stand at the right.
 */
export function bendPanel(points: readonly BendPoint[], size: PanelSize): string {
  const finite = points.map(({ bend }) => bend).filter((bend) => bend > 0 && bend < Infinity);
  const [least, most] = [Math.min(...finite, 1), Math.max(...finite, 1)].map(Math.log10);
  const kink = most + 0.8, methods = [...new Set(points.map(({ method }) => method))];
  const placeOf = (bend: number) => bend < Infinity ? Math.log10(bend) : kink;
  const spots = points.map((point) => ({
    ...point,
    // side by side where rows share an activation
    x: placeOf(point.bend) + 0.05 * (methods.indexOf(point.method) - (methods.length - 1) / 2),
    color: point.style.color,
  }));
  const axis = logAxis(points.flatMap(({ smallest, largest }) => [smallest, largest]));
  const ticks = [...new Set(finite)].sort((a, b) => a - b);
  const spaced = ticks.filter((tick, i) => i === 0 || tick / ticks[i - 1] > 1.25).map(Math.log10);
  return draw({
    marginLeft: 52,
    marginRight: 14,
    marginTop: 30,
    marginBottom: 40,
    x: { domain: [least - 0.2, kink + 0.2], label: null },
    y: axis.scale,
    marks: [
      ...axis.marks,
      Plot.axisX([...spaced, ...points.length > finite.length ? [kink] : []], {
        ...{ tickSize: 3, fontSize: 11, label: "largest second derivative of the activation" },
        ...{ labelArrow: "none", labelAnchor: "center" },
        tickFormat: (value: number) => value === kink ? "kink" : tickText(10 ** value),
      }),
      Plot.frame({ strokeOpacity: 0.2 }),
      Plot.link(spots, {
        ...{ x1: "x", x2: "x", y1: "smallest", y2: "largest", strokeWidth: 1.5 },
        stroke: (d) => d.color,
      }),
      Plot.dot(spots, {
        ...{ x: "x", y: "smallest", r: 4, fill: "white" },
        stroke: (d) => d.color,
      }),
      Plot.dot(spots, {
        ...{ x: "x", y: "largest", r: 4 },
        fill: (d) => d.color,
        symbol: (d: BendPoint) => d.method === methods[0] ? "circle" : "square",
      }),
    ],
  }, size);
}
