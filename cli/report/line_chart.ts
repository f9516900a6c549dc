/** Line charts as SVG, drawn for a column 340 pixels wide; colours are those of the page. @module */
import { type Html, markup } from "./html.ts";
import type { Scale } from "./scale.ts";
import { numberText } from "./words.ts";

/** A line. */
export interface Series {
  /** Class that colours it. */
  readonly color: string;
  readonly dash?: string;
  /** Null breaks the line. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
  /** A mark on the line: a cross at this x. */
  readonly cross?: number;
  readonly width?: number;
  /** What the line is: readers who point at it, or choose it by arrow keys, are told its values. */
  readonly name?: string;
}

/** A band between two lines. */
export interface Band {
  readonly color: string;
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

/** What a chart shows. */
export interface LineChart {
  /** Said in place of the picture. */
  readonly label: string;
  readonly series: readonly Series[];
  readonly bands?: readonly Band[];
  readonly y: Scale;
  readonly yText?: (tick: number) => string;
  readonly x: Scale;
  readonly xLabel: string;
  /** How values are told of lines with names; four digits by default. */
  readonly told?: (value: number) => string;
}

const HINT = "Values: point at a line, or use arrow keys";

const fourDigits = (value: number): string =>
  String(Number(value.toPrecision(4))).replace("-", "−");

const WIDTH = 340, HEIGHT = 220, LEFT = 52, RIGHT = 10, TOP = 10, BOTTOM = 38;

/** How ticks are written: with as many decimals as all of them need, on a bent axis as each does. */
function tickTexts({ kind, ticks }: Scale): (tick: number) => string {
  const decimals = (tick: number) => (String(tick).split(".")[1] ?? "").length;
  const most = Math.max(0, ...ticks.map(decimals));
  return (tick) => numberText(tick, kind === "linear" ? most : decimals(tick));
}

/** Draws a chart. */
export function lineChart(chart: LineChart): Html {
  const { label, series, bands = [], y, yText, x, xLabel, told = fourDigits } = chart;
  const placeX = (value: number) => (LEFT + x.place(value) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const placeY = (value: number) =>
    (HEIGHT - BOTTOM - y.place(value) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const path = ({ points }: Series) => {
    let text = "", down = false;
    for (const [at, value] of points) {
      if (value !== null) text += `${down ? "L" : "M"}${placeX(at)} ${placeY(value)}`;
      down = value !== null;
    }
    return text;
  };
  const cross = ({ cross, points, color }: Series) => {
    const found = points.find(([at, value]) => at === cross && value !== null);
    if (found === undefined) return undefined;
    const [px, py] = [Number(placeX(found[0])), Number(placeY(found[1]!))];
    const d = `M${px - 5} ${py - 5}l10 10m0 -10l-10 10`;
    return markup`
      <path class="halo" d="${d}" />
      <path class="line ${color}" stroke-width="2.5" d="${d}" />
    `;
  };
  const values = ({ name, points }: Series) => {
    const there = points.filter((one): one is [number, number] => one[1] !== null);
    return name !== undefined && markup`
      data-name="${name}" data-x="${there.map(([at]) => at).join(" ")}" data-y="${
      there.map(([, value]) => told(value)).join("|")
    }"`;
  };
  const bottom = HEIGHT - BOTTOM, named = series.some(({ name }) => name !== undefined);
  return markup`<svg role="img" aria-label="${label}" viewBox="0 0 ${WIDTH} ${HEIGHT}"${
    named && markup` tabindex="0" data-hover="${xLabel}"`
  }>
${
    y.ticks.map((tick) =>
      markup`
        <path class="grid" d="M${LEFT} ${placeY(tick)}H${WIDTH - RIGHT}" />
        <text x="${LEFT - 6}" y="${
        Number(placeY(tick)) +
        4
      }" text-anchor="end">${(yText ?? tickTexts(y))(tick)}</text>
      `
    )
  }
${
    x.ticks.map((tick) =>
      markup`
        <path class="axis" d="M${placeX(tick)} ${bottom}v4" />
        <text x="${placeX(tick)}" y="${bottom + 17}" text-anchor="middle">${tick}</text>
      `
    )
  }
<path class="axis" d="M${LEFT} ${bottom}H${WIDTH - RIGHT}"/><text x="${
    (LEFT + WIDTH - RIGHT) / 2
  }" y="${HEIGHT - 4}" text-anchor="middle">${xLabel}</text>
${
    bands.map(({ color, points }) =>
      markup`
        <path class="band ${color}" d="M${
        [
          ...points.map(([at, , high]) => `${placeX(at)} ${placeY(high)}`),
          ...points.toReversed().map(([at, low]) => `${placeX(at)} ${placeY(low)}`),
        ].join("L")
      }Z" />
      `
    )
  }
${
    series.map((one) =>
      markup`
        <path class="line ${one.color}" stroke-width="${one.width ?? 1.8}" ${
        one.dash && markup`
          stroke-dasharray="${one.dash}"
        `
      }${values(one)} d="${path(one)}" />
      `
    )
  }${series.map(cross)}${named && markup`<circle class="chosen" r="4"/>`}
</svg>${named && markup`<output class="told scripted" data-hint="${HINT}">${HINT}</output>`}`;
}
