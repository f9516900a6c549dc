import { type CollapseTime, countText, type History } from "../../lib/report/mod.ts";
import { type Line, panel } from "./panel.ts";
import { COLLAPSE_CAPTION, points, type Quantity } from "./series.ts";
import { type Caption, type Placed, sheetSvg } from "./sheet.ts";
import { BRANCH_COLORS, type LineStyle, PARENT_COLOR } from "./style.ts";

/** A training as the figure draws it. */
export interface DrawnTraining {
  readonly title: string;
  readonly history: History;
  readonly collapse: CollapseTime | null;
}

/** A branch: drawn from its beginning on. */
export interface DrawnBranch extends DrawnTraining {
  /** Whole epochs that it has of the training it goes on from. */
  readonly begin: number;
  /** Whether nothing differs. */
  readonly replay: boolean;
}

/** A row's training, in grey, and its branches. */
export interface DrawnFamily {
  readonly row: DrawnTraining;
  readonly branches: readonly DrawnBranch[];
}

const WIDTH = 920, TOP = 92, PITCH = 340, QUIET = 0.68, LEGEND = { x: 716, pitch: 24 };
const PANEL = {
  width: 346,
  height: 280,
  margins: { left: 50, right: 12, top: 10, bottom: 44 },
  xLabel: "Epoch",
} as const;

/** How a branch is drawn; one that changes nothing lies on the row's line, which has to be seen too. */
const styleOf = ({ replay }: DrawnBranch, k: number): LineStyle => ({
  color: BRANCH_COLORS[k] ?? "#666666",
  ...replay ? { dash: "3 4" } : {},
});

function lineOf(
  { title, history, collapse }: DrawnTraining,
  quantity: Quantity,
  style: LineStyle,
  begin = 0,
): Line {
  const all = points({ trainings: [{ history }] }, quantity)
    .filter(({ epoch }) => epoch >= begin);
  return {
    label: title,
    points: all,
    style,
    crosses: all.filter(({ epoch }) => epoch === collapse?.epoch),
  };
}

/** The names of a family beside its panels. */
function legend(styles: readonly LineStyle[], names: readonly string[], top: number) {
  const captions: Caption[] = [];
  let lines = "";
  styles.forEach(({ color, dash }, i) => {
    const y = top + 26 + i * LEGEND.pitch;
    lines += `<line x1="${LEGEND.x}" x2="${LEGEND.x + 24}" y1="${y}" y2="${y}" stroke="${color}" ` +
      `stroke-width="2.5"${dash ? ` stroke-dasharray="${dash}"` : ""}/>`;
    captions.push({
      x: LEGEND.x + 32,
      y: y + 4.5,
      text: names[i],
      size: 12.5,
      room: WIDTH - LEGEND.x - 40,
    });
  });
  return { lines, captions };
}

/**
 * Branches of trainings as SVG: R(x, delta) and PGD-10 accuracy by epoch, and by step where it was
 * logged, of a row's training in grey and of each branch in colour from its beginning on.
 *
 * @param profile Whose branches
 */
export function branchesFigure(families: readonly DrawnFamily[], profile: string): string {
  const all = families.flatMap(({ row, branches }) => [row, ...branches]);
  const height = TOP + PITCH * families.length + 8;
  const panels: Placed[] = [], captions: Caption[] = [];
  let extra = "";
  families.forEach(({ row, branches }, i) => {
    const top = TOP + i * PITCH;
    const styles = [{ color: PARENT_COLOR }, ...branches.map(styleOf)];
    const lines = (quantity: Quantity) => [
      lineOf(row, quantity, styles[0]),
      ...branches.map((branch, k) => lineOf(branch, quantity, styles[k + 1], branch.begin)),
    ];
    const names = [row, ...branches].map(({ title, collapse }) => title + (collapse ? " ×" : ""));
    const own = legend(styles, names, top + 20);
    extra += own.lines;
    captions.push(
      {
        x: 16,
        y: top + 12,
        text: "Approximation error *R*(*x*, *δ*) in nats",
        size: 13.5,
        weight: 600,
      },
      { x: 366, y: top + 12, text: "PGD-10 accuracy", size: 13.5, weight: 600 },
      {
        x: LEGEND.x,
        y: top + 12,
        text: `${row.title} and branches`,
        size: 13.5,
        weight: 600,
        room: 180,
      },
      ...own.captions,
    );
    panels.push(
      { x: 0, y: top + 20, content: panel(lines("linearization_error"), PANEL) },
      {
        x: 354,
        y: top + 20,
        content: panel(lines("pgd10_accuracy"), {
          ...PANEL,
          tickFormat: (share: number) => `${Math.round(100 * share)} %`,
        }),
      },
    );
  });
  const counts = [...new Set(all.map(({ history }) => history.probeImages))];
  const probes = `${counts.map(countText).join(" or ")} held-out probe images`;
  return sheetSvg({
    width: WIDTH,
    height,
    title: "Branches of trainings",
    description: `Line charts by epoch of R(x, δ) and PGD-10 accuracy, of ${
      families.map(({ row, branches }) =>
        `${row.title} and its branches ${branches.map(({ title }) => title).join(", ")}`
      ).join("; ")
    }. ${profile} profile.`,
    captions: [
      { x: 16, y: 30, text: "Branches from one state of a training", size: 18, weight: 700 },
      {
        x: 16,
        y: 52,
        text: `${profile} profile; *R* and what is logged between epochs over ${probes}; ` +
          "grey: the training that branches go on from",
        size: 12.5,
        room: WIDTH - 32,
        opacity: QUIET,
      },
      ...all.some(({ collapse }) => collapse !== null)
        ? [{ x: 16, y: 70, text: COLLAPSE_CAPTION, size: 12.5, opacity: QUIET }]
        : [],
      ...captions,
    ],
    extra,
    panels,
  });
}
