import {
  activationName,
  columnName,
  methodName,
  percentText,
  type ReportRules,
  type TableSummary,
} from "../../lib/report/mod.ts";
import { type Caption, sheetSvg } from "./sheet.ts";

const TOP = 148, LEFT = 16, CELL = { width: 92, height: 46 }, SEED = 9;
const QUIET = 0.68, COLLAPSED = "#d55e00", ROBUST = "0,114,178";
/** Mean width of a character at the size of a row's name. */
const CHARACTER = 7.2;

/** Breaks a title into lines of about a column's width. */
function lines(title: string): string[] {
  const found: string[] = [];
  for (const word of title.split(" ")) {
    const last = found.at(-1);
    if (last !== undefined && last.length + word.length < 13) found[found.length - 1] += ` ${word}`;
    else found.push(word);
  }
  return found;
}

/** A square for each seed, in the middle of a cell: filled if its training collapsed. */
function seedSquares(
  x: number,
  y: number,
  seeds: readonly number[],
  collapses: readonly { readonly seed: number; readonly recovered: boolean }[],
): string {
  const pitch = Math.min(SEED + 4, (CELL.width - 12) / seeds.length),
    size = Math.min(SEED, pitch - 2);
  const start = x - (seeds.length * pitch - (pitch - size)) / 2;
  return seeds.map((seed, i) => {
    const found = collapses.find((collapse) => collapse.seed === seed);
    const fill = found === undefined ? "none" : COLLAPSED;
    return `<rect x="${
      (start + i * pitch).toFixed(1)
    }" y="${y}" width="${size}" height="${size}" ` +
      `fill="${fill}" fill-opacity="${found?.recovered ? 0.4 : 1}" ` +
      `stroke="${found ? COLLAPSED : "currentColor"}" stroke-opacity="${found ? 1 : 0.55}"/>`;
  }).join("");
}

/**
 * The map of collapse as SVG: a cell for each row of the table, methods across and activations down,
 * with robust accuracy under the last attack and a square for each seed.
 *
 * @param table The rows of Table 1
 * @param setting Where the numbers come from: "demo profile, synthetic-v1 data, …"
 * @param rules What the rows name
 */
export function collapseFigure(
  { columns, rows }: TableSummary,
  setting: string,
  rules: Pick<ReportRules, "method" | "activation" | "attack">,
): string {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const activations = [...new Set(rows.map(({ activation }) => activation))];
  const column = columns[columns.length - 1], attack = columnName(column, rules);
  const names = activations.map((name) => activationName(name, rules));
  const room = Math.max(...names.map((name) => name.length)) * CHARACTER + 14;
  const heads = methods.map((name) => lines(methodName(name, rules)));
  const place = (i: number, k: number) => ({
    x: LEFT + room + k * CELL.width,
    y: TOP + i * CELL.height,
  });
  const largest = Math.max(...rows.map(({ values }) => values[column].percent), 1);
  const captions: Caption[] = [], shapes: string[] = [];
  names.forEach((text, i) =>
    captions.push({ x: LEFT, y: place(i, 0).y + CELL.height / 2 + 4, text, size: 13 })
  );
  heads.forEach((words, k) =>
    words.forEach((text, line) =>
      captions.push({
        x: place(0, k).x + CELL.width / 2,
        y: TOP - 10 - 15 * (words.length - 1 - line),
        text,
        size: 13,
        anchor: "middle",
      })
    )
  );
  for (const { method, activation, values, collapses } of rows) {
    const { x, y } = place(activations.indexOf(activation), methods.indexOf(method));
    const { percent, seeds } = values[column], middle = x + CELL.width / 2;
    shapes.push(
      `<rect x="${x + 2}" y="${y + 2}" width="${CELL.width - 4}" height="${
        CELL.height - 4
      }" rx="3" ` +
        `fill="rgb(${ROBUST})" fill-opacity="${(0.42 * percent / largest).toFixed(3)}" ` +
        'stroke="currentColor" stroke-opacity="0.25"/>',
      seedSquares(middle, y + CELL.height - 17, seeds.map(({ seed }) => seed), collapses),
    );
    captions.push({
      x: middle,
      y: y + 20,
      text: percentText(percent),
      size: 13.5,
      weight: 600,
      anchor: "middle",
    });
  }
  const width = Math.max(760, LEFT + room + methods.length * CELL.width + 16);
  const height = TOP + activations.length * CELL.height + 14;
  const key = 72;
  return sheetSvg({
    width,
    height,
    title: "Catastrophic overfitting by method and activation",
    description:
      `A grid with ${rows.length} cells, activations by methods: robust accuracy under ` +
      `${attack} and the seeds whose training collapsed. ${setting}.`,
    captions: [
      {
        x: LEFT,
        y: 30,
        text: `Robust accuracy (%) under ${attack}, and collapse`,
        size: 18,
        weight: 700,
      },
      { x: LEFT, y: 52, text: setting, size: 12.5, room: width - 2 * LEFT, opacity: QUIET },
      {
        x: LEFT + 16,
        y: key + 9,
        text:
          "a seed whose training collapsed (lighter: and recovered): PGD-10 accuracy was lost, FGSM accuracy not",
        size: 12,
      },
      { x: LEFT + 16, y: key + 27, text: "a seed whose training did not", size: 12 },
      ...captions,
    ],
    extra: `<rect x="${LEFT}" y="${key}" width="${SEED}" height="${SEED}" fill="${COLLAPSED}"/>` +
      `<rect x="${LEFT}" y="${key + 18}" width="${SEED}" height="${SEED}" fill="none" ` +
      'stroke="currentColor" stroke-opacity="0.55"/>' + shapes.join(""),
    panels: [],
  });
}
