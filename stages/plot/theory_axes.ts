/** Axes of the theory figure's panels, and how they are drawn. @module */
import * as Plot from "@observablehq/plot";
import { logTicks } from "./panel.ts";
import { document, plotContent } from "./plot_content.ts";

/** Width and height of a panel in pixels. */
export interface PanelSize {
  readonly width: number;
  readonly height: number;
}

/** Where a symmetric logarithm turns linear, nats. */
export const LINEAR = 1e-4;
/** Smallest tick of either sign, far enough from that of 0. */
const LEAST_TICK = 1e-3;

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
export function tickText(value: number): string {
  const power = Math.log10(Math.abs(value));
  if (value === 0 || power > -3.5) {
    return value.toLocaleString("en-US", { maximumSignificantDigits: 2 }).replace("-", "−");
  }
  return `${value < 0 ? "−" : ""}10⁻${"⁰¹²³⁴⁵⁶⁷⁸⁹"[Math.round(-power)]}`;
}

/** Axis and grid of a logarithm that holds all values with some air. */
export function logAxis(values: readonly number[]) {
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

/** Draws a panel as SVG elements whose origin is its top left corner. */
export const draw = (options: Plot.PlotOptions, { width, height }: PanelSize): string => {
  const svg = Plot.plot({ document, width, height, style: { fontSize: "12px" }, ...options });
  return `<g text-anchor="middle" font-size="12">${plotContent(svg)}</g>`;
};
