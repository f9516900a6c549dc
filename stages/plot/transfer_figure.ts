import { activationName, methodName, type ReportRules } from "../../lib/report/mod.ts";
import { KIND_TITLES, type TransferReport } from "../../lib/report/measured/transfer.ts";
import { type ExampleKind, KINDS } from "../../lib/transfer/record.ts";
import { type Caption, sheetSvg } from "./sheet.ts";

const LEFT = 16, TOP = 128, CELL = 30, QUIET = 0.68;
const RIGHT = "0,114,178", MASKED = "#d55e00";
/** Mean width of a character at the size of a row's name. */
const CHARACTER = 6.8;
/** A text that is turned upwards, for the head of a column. */
const turned = (x: number, y: number, text: string): string =>
  `<text transform="translate(${x},${y}) rotate(-55)" font-size="11.5">${text}</text>`;

/**
 * The transfer matrix as SVG: a cell for each model (down) on the examples of each (across), shaded by
 * the share of the clean accuracy that is left.
 *
 * @param setting Where the numbers come from: "overfitting profile, …"
 * @param rules What the rows name
 */
export function transferFigure(
  { rows }: Pick<TransferReport, "rows">,
  setting: string,
  rules: Pick<ReportRules, "method" | "activation">,
): string {
  const titles = rows.map((row) =>
    `${methodName(row.method, rules)} ${activationName(row.activation, rules)}`
  );
  const room = CHARACTER * Math.max(...titles.map(({ length }) => length)) + 16;
  // the columns' names are turned by 55 degrees
  const heads = Math.round(0.82 * room) + 12, beyond = Math.round(0.6 * room);
  const side = CELL * rows.length, wide = room + CELL + 12 + side;
  const beside = rows.length <= 16, gap = 44;
  const place = (kind: ExampleKind) => {
    const at = KINDS.indexOf(kind);
    return beside
      ? { x: LEFT + at * (wide + gap), y: TOP + heads }
      : { x: LEFT, y: TOP + heads + at * (side + heads + 60) };
  };
  const width = Math.max(900, LEFT + (beside ? 2 * wide + gap : wide) + beyond);
  const height = place("pgd").y + side + 16;
  const captions: Caption[] = [], shapes: string[] = [];
  for (const kind of KINDS) {
    const { x, y } = place(kind), first = x + room + CELL + 12;
    captions.push({
      ...{ x, y: y - heads - 2, size: 14, weight: 600 },
      text: `${KIND_TITLES[kind]} examples, by the model that they are made on`,
    });
    shapes.push(turned(x + room + CELL / 2, y - 8, "clean"));
    titles.forEach((text, i) => {
      captions.push({ x, y: y + CELL * (i + 0.5) + 4, text, size: 12 });
      shapes.push(turned(first + CELL * (i + 0.5), y - 8, text));
    });
    rows.forEach((row, i) => {
      const top = y + CELL * i, middle = top + CELL / 2 + 4;
      const number = (left: number, share: number, more: Partial<Caption> = {}) =>
        captions.push({
          ...{ x: left + CELL / 2, y: middle, anchor: "middle", size: 11.5 },
          ...{ text: String(Math.round(100 * share)), ...more },
        });
      number(x + room, row.clean, { opacity: QUIET });
      row.sources[kind].forEach(({ source, accuracy, beats_own }, k) => {
        const left = first + CELL * k, own = source === `${row.method}/${row.activation}`;
        const share = row.clean === 0 ? 0 : Math.min(1, accuracy / row.clean);
        shapes.push(
          `<rect x="${left + 1}" y="${top + 1}" width="${CELL - 2}" height="${CELL - 2}" rx="2" ` +
            `fill="rgb(${RIGHT})" fill-opacity="${(0.5 * share).toFixed(3)}"` +
            (own
              ? ' stroke="currentColor" stroke-width="1.6"/>'
              : beats_own
              ? ` stroke="${MASKED}" stroke-width="2"/>`
              : "/>"),
        );
        number(left, accuracy, beats_own ? { color: MASKED, weight: 700 } : {});
      });
    });
  }
  const key = 84;
  return sheetSvg({
    width,
    height,
    title: "Transfer of adversarial examples between models",
    description: `Two matrices of ${rows.length} models by the examples of each: accuracy in ` +
      `percent, shaded by the share of the clean accuracy. ${setting}.`,
    captions: [
      {
        ...{ x: LEFT, y: 30, size: 18, weight: 700 },
        text: "Accuracy (%) on examples made on other models",
      },
      { x: LEFT, y: 52, text: setting, size: 12.5, room: width - 2 * LEFT, opacity: QUIET },
      {
        ...{ x: LEFT, y: 70, size: 12.5, opacity: QUIET, room: width - 2 * LEFT },
        text: "an image counts where both it and the example are classified as labelled; shade: " +
          "share of the clean accuracy that is left",
      },
      { x: LEFT + 20, y: key + 11, text: "the model's own examples", size: 12 },
      {
        ...{ x: LEFT + 220, y: key + 11, size: 12 },
        text: "fewer right than on its own, by more than noise: its gradients are masked",
      },
      ...captions,
    ],
    extra: `<rect x="${LEFT}" y="${key}" width="13" height="13" rx="2" fill="none" ` +
      'stroke="currentColor" stroke-width="1.6"/>' +
      `<rect x="${LEFT + 200}" y="${key}" width="13" height="13" rx="2" fill="none" ` +
      `stroke="${MASKED}" stroke-width="2"/>` + shapes.join(""),
    panels: [],
  });
}
