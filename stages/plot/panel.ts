import * as Plot from "@observablehq/plot";
import { document, plotContent } from "./plot_content.ts";
import { spread } from "./spread.ts";
import type { Point } from "./series.ts";
import type { LineStyle } from "./style.ts";

/** One line of a panel. */
export interface Line {
  readonly label: string;
  readonly points: readonly Point[];
  readonly style: LineStyle;
  /** Points that get a cross. */
  readonly crosses?: readonly Point[];
}

/** What a panel shows and where its frame lies, in pixels. */
export interface PanelOptions {
  readonly width: number;
  readonly height: number;
  readonly margins: { left: number; right: number; top: number; bottom: number };
  /** Absent: from the lines, including 0 where that is near. */
  readonly domain?: readonly [number, number];
  readonly log?: boolean;
  readonly xLabel?: string;
  readonly tickFormat?: (value: number) => string;
  /** Whether each line's label stands at its right end. */
  readonly labels?: boolean;
}

/** The smallest and largest value of all lines with their bands, with some air. */
export function valueDomain(lines: readonly Line[], log = false): [number, number] {
  const values = lines.flatMap((line) => line.points).flatMap(({ low, high }) => [low, high]);
  if (values.length === 0) return log ? [0.1, 1] : [0, 1];
  const [low, high] = extent(values);
  if (log) return [low / 1.15, high * 1.15];
  const bottom = Math.min(0, low), top = Math.max(0, high);
  const air = 0.06 * (top - bottom || 1);
  return [low < 0 ? bottom - air : 0, high > 0 ? top + air : 0];
}

/** Whether a logarithmic axis shows positive lines better: their values span over 1 : 30. */
export function wantsLog(lines: readonly Line[]): boolean {
  const values = lines.flatMap((line) => line.points).map(({ mean }) => mean);
  const [low, high] = extent(values);
  return values.length > 0 && low > 0 && high > 30 * low;
}

/** The smallest and the largest of many values, more than a call takes arguments. */
const extent = (values: readonly number[]): [low: number, high: number] => [
  values.reduce((low, value) => Math.min(low, value), Infinity),
  values.reduce((high, value) => Math.max(high, value), -Infinity),
];

/** Crosses, of which a wider one in white sets off the other. */
const cross = (points: readonly Point[], stroke: string, strokeWidth: number) =>
  Plot.dot(points, { x: "epoch", y: "mean", symbol: "times", r: 5.5, stroke, strokeWidth });

function marks(line: Line, dots: boolean): Plot.Markish[] {
  const { points, style, crosses = [] } = line;
  const bands = points.some(({ low, high }) => low < high)
    ? [Plot.areaY(points, {
      x: "epoch",
      y1: "low",
      y2: "high",
      fill: style.color,
      fillOpacity: 0.15,
    })]
    : [];
  return [
    ...bands,
    Plot.lineY(points, {
      x: "epoch",
      y: "mean",
      stroke: style.color,
      strokeWidth: 2,
      strokeDasharray: style.dash,
      strokeLinejoin: "round",
    }),
    ...dots
      // radii as a channel would be scaled
      ? Object.entries({ epochs: 2.6, between: 1.2 }).map(([name, r]) =>
        Plot.dot(
          points.filter(({ epoch }) => Number.isInteger(epoch) === (name === "epochs")),
          { x: "epoch", y: "mean", fill: style.color, r },
        )
      )
      : [],
    ...crosses.length > 0 ? [cross(crosses, "white", 6), cross(crosses, style.color, 2.2)] : [],
  ];
}

/** The right-hand labels, moved apart where line ends are close. */
function endLabels(lines: readonly Line[], options: PanelOptions, domain: readonly number[]) {
  const { top, bottom } = options.margins;
  const frame = options.height - top - bottom;
  const map = options.log ? Math.log : (value: number) => value;
  const [low, high] = domain.map(map);
  const shown = lines.filter((line) => line.points.length > 0);
  const toPixel = (value: number) => top + frame * (1 - (map(value) - low) / (high - low || 1));
  const wanted = shown.map((line) => toPixel(line.points.at(-1)!.mean));
  const places = spread(wanted, 16, top + 4, options.height - bottom - 4);
  return shown.map((line, i) =>
    Plot.text([line.label], {
      frameAnchor: "right",
      dx: 8,
      // Plot measures frame anchors from the middle of the frame.
      dy: places[i] - (top + frame / 2),
      textAnchor: "start",
      fill: line.style.color,
      fontSize: 13,
      fontWeight: 600,
    })
  );
}

/** Draws one panel as SVG elements whose origin is the panel's top left corner. */
export function panel(lines: readonly Line[], options: PanelOptions): string {
  const { width, height, margins, log } = options;
  const domain = options.domain ?? valueDomain(lines, log);
  const epochs = lines.flatMap((line) => line.points).map(({ epoch }) => epoch);
  const [first, last] = epochs.length === 0 ? [1, 1] : extent(epochs);
  const ticks = log ? logTicks(domain[0], domain[1]) : 5;
  const svg = Plot.plot({
    document,
    width,
    height,
    marginLeft: margins.left,
    marginRight: margins.right,
    marginTop: margins.top,
    marginBottom: margins.bottom,
    style: { fontSize: "12px" },
    x: {
      domain: first === last ? [first - 1, last + 1] : [first, last],
      label: null,
    },
    y: { domain: [...domain], type: log ? "log" : "linear", label: null },
    marks: [
      Plot.gridY({ ticks, strokeOpacity: 0.12 }),
      Plot.axisX({
        ticks: wholeTicks(first, last, width < 400 ? 5 : 10),
        tickFormat: (value: number) => String(value),
        label: options.xLabel ?? null,
        labelAnchor: "center",
        labelArrow: "none",
        labelOffset: 36,
        fontSize: 12,
        tickSize: 4,
      }),
      Plot.axisY({
        ticks,
        tickFormat: options.tickFormat ?? numberText,
        fontSize: 12,
        tickSize: 0,
      }),
      Plot.ruleY(!log && domain[0] <= 0 && domain[1] >= 0 ? [0] : [], { strokeOpacity: 0.45 }),
      // Dashed lines last: where lines coincide, both then show.
      ...lines.toSorted((a, b) => Number(!!a.style.dash) - Number(!!b.style.dash)).flatMap((line) =>
        marks(line, last <= 30)
      ),
      ...options.labels ? endLabels(lines, options, domain) : [],
    ],
  });
  return `<g text-anchor="middle" font-size="12">${plotContent(svg)}</g>`;
}

const numberText = (value: number) =>
  value.toLocaleString("en-US", { maximumSignificantDigits: 3 }).replace("-", "−");

/** Ticks of a logarithmic axis: 1, 2 and 5 times the powers of ten, or those alone if many. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const factor of decades > 4 ? [1] : [1, 2, 5]) {
      const tick = power < 0 ? factor / 10 ** -power : factor * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** Whole epochs: the first, and multiples of the smallest round step that gives about `count`. */
export function wholeTicks(first: number, last: number, count: number): number[] {
  const steps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000];
  const step = steps.find((step) => (last - first) / step < count) ?? last;
  const ticks = [];
  for (let tick = Math.ceil(first / step) * step; tick <= last; tick += step) ticks.push(tick);
  const whole = Math.ceil(first);
  if (ticks[0] !== whole && ticks[0] - whole >= step / 2) ticks.unshift(whole);
  return ticks;
}
