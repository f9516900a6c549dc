import {
  activationName,
  columnName,
  type JudgedReading,
  percentText,
  type Readings,
  type ReportRules,
  verdictText,
} from "../../lib/report/mod.ts";
import { wrap } from "../../lib/std/wrap.ts";
import { type Caption, sheetSvg } from "./sheet.ts";
import { activationStyles, type LineStyle } from "./style.ts";

const LEFT = 16, TOP = 150, TEXT = 236, NAMES = 128, ROW = 19, GAP = 18, LINE = 15;
const PANEL = { two: 260, one: 520, between: 24 };
const QUIET = 0.68, TICK = 10, CHARACTERS = 36;

/** What is drawn of a column: where it lies, and up to which percentage. */
interface Panel {
  readonly column: string;
  readonly x: number;
  readonly width: number;
  readonly most: number;
}

const pixel = ({ x, width, most }: Panel, percent: number) =>
  Number((x + width * percent / most).toFixed(1));

/** Grid lines with their numbers beneath. */
function axis(panel: Panel, bottom: number): { shapes: string; captions: Caption[] } {
  const ticks = Array.from({ length: panel.most / TICK + 1 }, (_, k) => k * TICK);
  return {
    shapes: ticks.map((tick) =>
      `<line x1="${pixel(panel, tick)}" x2="${pixel(panel, tick)}" y1="${
        TOP - 8
      }" y2="${bottom}" ` +
      `stroke="currentColor" stroke-opacity="${tick === 0 ? 0.45 : 0.12}"/>`
    ).join(""),
    captions: ticks.map((tick) => ({
      ...{ x: pixel(panel, tick), y: bottom + 16, size: 12, anchor: "middle" as const },
      text: String(tick),
    })),
  };
}

/** A dot with its interval, and the paper's number as a hollow diamond. */
function dot(
  panel: Panel,
  y: number,
  { percent, low, high, paper }: JudgedReading["rows"][number]["values"][string],
  { color }: LineStyle,
): string {
  const at = pixel(panel, paper), r = 5;
  return `<line x1="${pixel(panel, low)}" x2="${pixel(panel, high)}" y1="${y}" y2="${y}" ` +
    `stroke="${color}" stroke-width="2" stroke-opacity="0.55"/>` +
    `<circle cx="${pixel(panel, percent)}" cy="${y}" r="4.5" fill="${color}"/>` +
    `<path d="M${at - r} ${y}L${at} ${y - r}L${at + r} ${y}L${at} ${y + r}Z" fill="none" ` +
    `stroke="${color}" stroke-width="1.6"/>`;
}

/**
 * The readings of the paper's setting as SVG, the nearest first: robust accuracy of each row under each
 * attack with its interval, beside the paper's.
 *
 * @param setting Where the numbers come from: "demo profile, synthetic-v1 data, …"
 * @param rules What the rows name
 */
export function readingsFigure(
  readings: Readings,
  setting: string,
  rules: Pick<ReportRules, "activation" | "attack">,
): string {
  const { by, readings: all } = readings, columns = readings.columns.slice(1);
  const values = all.flatMap(({ rows }) =>
    rows.flatMap((row) => columns.map((c) => row.values[c]))
  );
  const most = TICK * Math.ceil(Math.max(...values.flatMap((v) => [v.high, v.paper])) / TICK);
  const size = columns.length === 1 ? PANEL.one : PANEL.two;
  const panels = columns.map((column, k): Panel => ({
    ...{ column, width: size, most },
    x: LEFT + TEXT + NAMES + k * (size + PANEL.between),
  }));
  const styles = activationStyles(
    all.flatMap(({ rows }) => rows.map(({ activation }) => activation)),
    rules,
  );
  const captions: Caption[] = [], shapes: string[] = [];
  let y = TOP;
  for (const { name, text, rows, columns, behind } of all) {
    // what stands between asterisks would be set in italics
    const words = wrap(text.replaceAll("*", "·"), CHARACTERS);
    const note = `${percentText(columns[by].distance)} points` +
      (behind === null ? ", the nearest" : behind.decided ? ", farther" : ", not decided");
    captions.push({ x: LEFT, y: y + 9, text: name, size: 13, weight: 600 });
    [...words, note].forEach((text, k) =>
      captions.push({
        ...{ x: LEFT, y: y + 9 + LINE * (k + 1), text, size: 12 },
        ...k === words.length ? { weight: 600 } : { opacity: QUIET },
      })
    );
    rows.forEach(({ activation, values }, k) => {
      const at = y + 5 + k * ROW;
      captions.push({
        ...{ x: LEFT + TEXT, y: at + 4, size: 12.5, room: NAMES - 8 },
        ...{ text: activationName(activation, rules), color: styles[activation].color },
      });
      for (const panel of panels) {
        shapes.push(dot(panel, at, values[panel.column], styles[activation]));
      }
    });
    y += Math.max(rows.length * ROW, LINE * (words.length + 2)) + GAP;
  }
  const bottom = y - GAP + 4, width = Math.max(920, panels.at(-1)!.x + size + 2 * LEFT);
  const axes = panels.map((panel) => axis(panel, bottom));
  const key = TOP - 62, dotAt = LEFT + 6, mark = LEFT + 270;
  return sheetSvg({
    width,
    height: bottom + 28,
    title: "Readings of the paper's setting",
    description: `Dots with intervals: robust accuracy of ${all.length} readings' rows under ` +
      `${columns.map((column) => columnName(column, rules)).join(" and ")}, beside the paper's ` +
      `numbers. ${setting}.`,
    captions: [
      { x: LEFT, y: 30, text: "Readings of the paper's setting", size: 18, weight: 700 },
      { x: LEFT, y: 52, text: setting, size: 12.5, room: width - 2 * LEFT, opacity: QUIET },
      {
        ...{ x: LEFT, y: 72, size: 12.5, room: width - 2 * LEFT },
        text: verdictText(readings),
      },
      { x: dotAt + 26, y: key + 4, text: "robust accuracy (%), 95 % interval", size: 12 },
      { x: mark + 14, y: key + 4, text: "the paper's", size: 12 },
      {
        ...{ x: mark + 110, y: key + 4, size: 12, room: width - mark - 126 },
        text: "points: distance of the pattern, levels taken out, under " +
          columnName(by, rules),
      },
      ...panels.map(({ x, column }) => ({
        ...{ x, y: TOP - 18, size: 14, weight: 600, text: columnName(column, rules) },
      })),
      ...captions,
      ...axes.flatMap((one) => one.captions),
    ],
    extra: axes.map((one) => one.shapes).join("") +
      `<line x1="${dotAt - 6}" x2="${dotAt + 18}" y1="${key}" y2="${key}" stroke="currentColor" ` +
      'stroke-width="2" stroke-opacity="0.55"/>' +
      `<circle cx="${dotAt + 6}" cy="${key}" r="4.5"/>` +
      `<path d="M${mark} ${key}l5 -5l5 5l-5 5Z" fill="none" stroke="currentColor" ` +
      'stroke-width="1.6"/>' + shapes.join(""),
    panels: [],
  });
}
