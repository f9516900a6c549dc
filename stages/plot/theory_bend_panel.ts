/** @module */
import * as Plot from "@observablehq/plot";
import type { LineStyle } from "./style.ts";
import { draw, logAxis, type PanelSize, tickText } from "./theory_axes.ts";

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
