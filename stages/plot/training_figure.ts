import { activationName, methodName, type ReportRules } from "../../lib/report/mod.ts";
import { panel } from "./panel.ts";
import { COLLAPSE_CAPTION, collapsePoints, type Group, points } from "./series.ts";
import { sheetSvg } from "./sheet.ts";
import { ACCURACY_STYLES, type LineStyle } from "./style.ts";

const WIDTH = 920, COLUMNS = 3, TOP = 112, PITCH = 232;
const PANEL = {
  width: 296,
  height: 200,
  margins: { left: 50, right: 10, top: 8, bottom: 40 },
  domain: [0, 1],
  tickFormat: (share: number) => `${Math.round(100 * share)} %`,
} as const;

const NAMES = {
  clean_accuracy: "clean",
  fgsm_accuracy: "FGSM",
  pgd10_accuracy: "PGD-10",
} as const;

const QUANTITIES = Object.keys(NAMES) as (keyof typeof NAMES)[];

/** The legend: a piece of line and a name for each accuracy. */
function legend(y: number): { lines: string; captions: { x: number; name: string }[] } {
  let x = 16, lines = "";
  const captions = [];
  for (const quantity of QUANTITIES) {
    const { color, dash }: LineStyle = ACCURACY_STYLES[quantity];
    lines += `<line x1="${x}" x2="${x + 28}" y1="${y}" y2="${y}" stroke="${color}" ` +
      `stroke-width="2"${dash ? ` stroke-dasharray="${dash}"` : ""}/>`;
    captions.push({ x: x + 34, name: NAMES[quantity] });
    x += 108;
  }
  return { lines, captions };
}

/**
 * Accuracy on clean, FGSM and PGD-10 images by epoch, a panel a row of the table, as SVG.
 *
 * @param groups Trainings by row
 * @param setting Where the numbers come from: "demo profile, synthetic-v1 data, …"
 * @param rules What the rows name
 */
export function trainingFigure(
  groups: readonly Group[],
  setting: string,
  rules: Pick<ReportRules, "method" | "activation">,
): string {
  const title = ({ method, activation }: Group) =>
    `${methodName(method, rules)} ${activationName(activation, rules)}`;
  const rows = Math.ceil(groups.length / COLUMNS);
  const height = TOP + PITCH * rows + 4;
  const { lines, captions } = legend(76);
  const counts = groups.flatMap((group) => group.trainings).map(({ history }) =>
    history.heldOutImages
  );
  const heldOut = `${[...new Set(counts)].join(" or ")} held-out images`;
  const seeds = Math.max(...groups.map((group) => group.trainings.length));
  const place = (i: number) => ({
    x: 4 + (i % COLUMNS) * 304,
    y: TOP + Math.floor(i / COLUMNS) * PITCH,
  });
  return sheetSvg({
    width: WIDTH,
    height,
    title: "Accuracy during training",
    description: `Line charts of clean, FGSM and PGD-10 accuracy by epoch on ${heldOut}, one for ` +
      `each of ${groups.map(title).join(", ")}. ${setting}.`,
    captions: [
      { x: 16, y: 30, text: `Accuracy on ${heldOut} by epoch`, size: 18, weight: 700 },
      {
        x: 16,
        y: 52,
        text: setting +
          (seeds > 1 ? `; line: mean of ${seeds} seeds, band: their range` : ""),
        size: 12.5,
        room: WIDTH - 2 * 16,
        opacity: 0.68,
      },
      ...groups.some(({ collapses = [] }) => collapses.length > 0)
        ? [{ x: 340, y: 80.5, text: COLLAPSE_CAPTION, size: 12.5 }]
        : [],
      ...captions.map(({ x, name }) => ({ x, y: 80.5, text: name, size: 12.5 })),
      ...groups.map((group, i) => ({
        x: place(i).x + 12,
        y: place(i).y,
        text: title(group),
        size: 13.5,
        weight: 600,
      })),
    ],
    extra: lines,
    panels: groups.map((group, i) => ({
      ...place(i),
      y: place(i).y + 6,
      content: panel(
        QUANTITIES.map((quantity) => {
          const of = points(group, quantity);
          return {
            label: NAMES[quantity],
            points: of,
            style: ACCURACY_STYLES[quantity],
            crosses: quantity === "pgd10_accuracy" ? collapsePoints(group, of) : [],
          };
        }),
        { ...PANEL, xLabel: i + COLUMNS >= groups.length ? "Epoch" : undefined },
      ),
    })),
  });
}
