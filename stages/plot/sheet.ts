import { escapeMarkup } from "../../lib/report/mod.ts";
import { FONT, INK } from "./style.ts";

/** A text; what stands between asterisks is set in italics: `*R*(*x*, *δ*)`. */
export interface Caption {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  /** Width that it has: a longer text is set smaller. */
  readonly room?: number;
  readonly weight?: number;
  readonly opacity?: number;
  readonly color?: string;
  /** What of the text stands at `x`, its start by default. */
  readonly anchor?: "middle" | "end";
}

/** A panel and where its top left corner goes. */
export interface Placed {
  readonly x: number;
  readonly y: number;
  /** SVG elements. */
  readonly content: string;
}

/** All of a figure, in pixels. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** For screen readers. */
  readonly title: string;
  readonly description: string;
  readonly captions: readonly Caption[];
  readonly panels: readonly Placed[];
  /** More SVG, such as a legend's lines. */
  readonly extra?: string;
}

/** Mean width of a character, as a share of the font's size, a little generous. */
const CHARACTER = 0.57;

function captionSvg({ x, y, text, room = Infinity, weight, ...more }: Caption): string {
  const { opacity, color, anchor } = more;
  const size = Math.min(more.size, Math.floor(10 * room / (CHARACTER * text.length)) / 10);
  const spans = escapeMarkup(text).replace(
    /\*([^*]+)\*/g,
    (_, inner) => `<tspan font-style="italic">${inner}</tspan>`,
  );
  return `<text x="${x}" y="${y}" font-size="${size}"` +
    (anchor === undefined ? "" : ` text-anchor="${anchor}"`) +
    (weight === undefined ? "" : ` font-weight="${weight}"`) +
    (opacity === undefined ? "" : ` fill-opacity="${opacity}"`) +
    (color === undefined ? "" : ` fill="${color}"`) + `>${spans}</text>`;
}

/**
 * Writes a figure as an SVG document. Ink is `currentColor`, and the white ground has the class
 * `ground`, so that a page that holds the figure can give both its own colours.
 */
export function sheetSvg(sheet: Sheet): string {
  const { width, height } = sheet;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" aria-label="${escapeMarkup(sheet.title)}" color="${INK}" ` +
    `fill="currentColor" font-family="${FONT}">`,
    `<title>${escapeMarkup(sheet.title)}</title>`,
    `<desc>${escapeMarkup(sheet.description)}</desc>`,
    `<rect class="ground" width="${width}" height="${height}" fill="white"/>`,
    ...sheet.panels.map(({ x, y, content }) =>
      `<g transform="translate(${x},${y})">${content}</g>`
    ),
    sheet.extra ?? "",
    ...sheet.captions.map(captionSvg),
    "</svg>\n",
  ].filter((part) => part !== "").join("\n");
}
