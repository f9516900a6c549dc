/**
 * The graph of cells as SVG: one column for each distance from the first cells, arrows to the right.
 *
 * @module
 */
import { type CellState, type GraphNode, STATE_STYLES } from "./graph.ts";

/** A drawn cell; x and y are of the left upper corner, pixels. */
interface Box {
  readonly node: GraphNode;
  readonly column: number;
  x: number;
  y: number;
  width: number;
}

const HEIGHT = 32;
const ROW = 44;
const GAP = 72;
const MARGIN = 20;
/** Room for the title and the legend. */
const HEADER = 64;
/** Width of a character of 12 px, generously. */
const CHARACTER = 7.3;
const FONT = "ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif";

/** Draws the graph. */
export function graphSvg(title: string, nodes: readonly GraphNode[]): string {
  const boxes = layOut(nodes), legend = legendOf(nodes);
  const width = Math.ceil(Math.max(
    legend.width,
    ...boxes.map(({ x, width }) => x + width),
    MARGIN + CHARACTER * 1.2 * title.length,
  )) + MARGIN;
  const height = Math.max(HEADER, ...boxes.map(({ y }) => y + HEIGHT)) + MARGIN;
  const byCell = new Map(boxes.map((box) => [box.node.cell, box]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONT}" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="28" font-size="14" font-weight="600" fill="#1a1a1a">${
      escaped(title)
    }</text>`,
    ...legend.lines,
    `<g fill="none" stroke="#8a8a99" stroke-width="1.2">`,
    ...boxes.flatMap((box) => box.node.arrows.map((input) => arrow(byCell.get(input)!, box))),
    "</g>",
    ...boxes.map(boxSvg),
    "</svg>",
    "",
  ].join("\n");
}

/** Places cells: the fullest column evenly, each other cell at the height of its neighbours. */
function layOut(nodes: readonly GraphNode[]): Box[] {
  const columnOf = new Map<string, number>();
  for (const { cell, inputs } of nodes) {
    columnOf.set(cell, Math.max(-1, ...inputs.map((input) => columnOf.get(input)!)) + 1);
  }
  const boxes = nodes.map((node): Box => ({
    node,
    column: columnOf.get(node.cell)!,
    x: 0,
    y: 0,
    width: Math.max(...lines(node).map((text) => text.length)) * CHARACTER + 20,
  }));
  const columns = [...Map.groupBy(boxes, ({ column }) => column).entries()]
    .sort(([a], [b]) => a - b).map(([, column]) => column);
  let x = MARGIN;
  for (const column of columns) {
    const width = Math.max(...column.map(({ width }) => width));
    for (const box of column) Object.assign(box, { x, width });
    x += width + GAP;
  }
  const fullest = columns.reduce(
    (best, column, index) => column.length > columns[best].length ? index : best,
    0,
  );
  columns[fullest]?.forEach((box, row) => box.y = HEADER + row * ROW);
  const byCell = new Map(boxes.map((box) => [box.node.cell, box]));
  const users = new Map<Box, Box[]>(boxes.map((box) => [box, []]));
  for (const box of boxes) {
    box.node.arrows.forEach((input) => users.get(byCell.get(input)!)!.push(box));
  }
  const middle = HEADER + ((columns[fullest]?.length ?? 1) - 1) * ROW / 2;
  for (let index = fullest - 1; index >= 0; index--) {
    place(columns[index], (box) => users.get(box)!, middle);
  }
  for (let index = fullest + 1; index < columns.length; index++) {
    place(columns[index], (box) => box.node.arrows.map((input) => byCell.get(input)!), middle);
  }
  const top = Math.min(HEADER, ...boxes.map(({ y }) => y));
  for (const box of boxes) box.y += HEADER - top;
  return boxes;
}

/** Puts the cells of a column beside their neighbours, none over another. */
function place(column: readonly Box[], neighbours: (box: Box) => readonly Box[], middle: number) {
  const wanted = column.map((box) => {
    const beside = neighbours(box);
    const y = beside.length === 0
      ? middle
      : beside.reduce((sum, { y }) => sum + y, 0) / beside.length;
    return { box, y };
  }).sort((a, b) => a.y - b.y);
  let below = -Infinity, moved = 0;
  for (const { box, y } of wanted) {
    box.y = Math.max(y, below);
    moved += box.y - y;
    below = box.y + ROW;
  }
  // Cells that were pushed down push the whole column up again, by half as much.
  for (const { box } of wanted) box.y -= moved / wanted.length;
}

/** What is written in a cell: its id and, unless it is fresh, its state. */
function lines({ cell, state, reasons }: GraphNode): string[] {
  if (state === "fresh") return [cell];
  const kinds = reasons.map(({ kind }) => kind).filter((kind) => kind !== "input may change");
  return [cell, state === "stale" ? [...new Set(kinds)].join(", ") : state];
}

function boxSvg({ node, x, y, width }: Box): string {
  const { fill, stroke, dashed } = STATE_STYLES[node.state];
  const texts = lines(node), details = node.reasons.map(({ text }) => text).join("; ");
  const baselines = texts.length === 1 ? [20] : [14, 26];
  return [
    `<g><title>${escaped(`${node.cell}: ${node.state}${details && ` (${details})`}`)}</title>`,
    `<rect x="${x}" y="${round(y)}" width="${
      round(width)
    }" height="${HEIGHT}" rx="6" fill="${fill}" stroke="${stroke}" stroke-width="1.4"${
      dashed ? ' stroke-dasharray="4 3"' : ""
    }/>`,
    ...texts.map((text, index) =>
      `<text x="${x + 10}" y="${round(y + baselines[index])}" fill="#1a1a1a"${
        index === 0 ? "" : ' font-size="10"'
      }>${escaped(text)}</text>`
    ),
    "</g>",
  ].join("");
}

function arrow(from: Box, to: Box): string {
  const [x, y] = [from.x + from.width, from.y + HEIGHT / 2], end = to.y + HEIGHT / 2;
  const reach = GAP / 2;
  const [start, last] = [round(x), round(to.x)];
  return `<path d="M${start} ${round(y)}C${round(x + reach)} ${round(y)} ${round(to.x - reach)} ${
    round(end)
  } ${last} ${round(end)}m-6 -4l6 4l-6 4"/>`;
}

function legendOf(nodes: readonly GraphNode[]): { lines: string[]; width: number } {
  const drawn: string[] = [];
  let x = MARGIN;
  for (const state of Object.keys(STATE_STYLES) as CellState[]) {
    const count = nodes.filter((node) => node.state === state).length;
    if (count === 0) continue;
    const { fill, stroke, dashed } = STATE_STYLES[state], text = `${count} ${state}`;
    drawn.push(
      `<rect x="${
        round(x)
      }" y="40" width="14" height="10" rx="2" fill="${fill}" stroke="${stroke}"${
        dashed ? ' stroke-dasharray="4 3"' : ""
      }/><text x="${round(x + 20)}" y="49" fill="#1a1a1a">${text}</text>`,
    );
    x += 20 + CHARACTER * text.length + 16;
  }
  return { lines: drawn, width: x };
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
