/** Figure 1 for pgfplots. @module */
import type { Row } from "../../lib/report/mod.ts";
import { cellOf, type ReportData } from "../report/data.ts";
import { fittingAxis } from "./bent_axis.ts";
import {
  coordinates,
  figureTex,
  legendBelow,
  type Origin,
  type Pair,
  rowStyles,
  rowTex,
} from "./pgf.ts";

/** A row's seeds at one epoch. */
interface Point {
  readonly epoch: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const QUANTITIES = [
  { name: "linearization_error", title: "Approximation error $R(x, \\delta)$ (nats)" },
  { name: "input_gradient_norm", title: "Input gradient norm $\\|\\nabla_x L\\|_1$ (nats)" },
] as const;

/** Rows trained on one-step attacks; where there are none, all. */
function shownRows({ table, rules }: ReportData): readonly Row[] {
  const oneStep = table.rows.filter(({ method }) =>
    rules.method[method]?.training === "single-step"
  );
  return oneStep.length > 0 ? oneStep : table.rows;
}

/** A quantity by epoch: mean and range over the seeds that have a finite number. */
function pointsOf(row: Row, quantity: string, { histories, table }: ReportData): Point[] {
  const byEpoch = new Map<number, number[]>();
  for (const { seed } of row.values[table.columns[0]].seeds) {
    for (const record of histories[cellOf("train", row, seed)] ?? []) {
      const value = record[quantity], epoch = record.epoch!;
      if (value == null) continue;
      byEpoch.set(epoch, [...byEpoch.get(epoch) ?? [], value]);
    }
  }
  return [...byEpoch].sort(([a], [b]) => a - b).map(([epoch, values]) => ({
    epoch,
    mean: values.reduce((sum, value) => sum + value) / values.length,
    low: Math.min(...values),
    high: Math.max(...values),
  }));
}

/**
 * Figure 1 as a picture for pgfplots: the first-order approximation's error and the input gradient's norm
 * by epoch, means and ranges over seeds, crosses where a training collapsed; nothing without trainings.
 */
export function figure1Tex(data: ReportData, origin: Origin): string | undefined {
  const rows = shownRows(data), styles = rowStyles(data.table.rows, data);
  const several = new Set(rows.map(({ method }) => method)).size > 1, seeds = data.table.seeds > 1;
  const panels = QUANTITIES.map(({ name, title }, number) => {
    const lines = rows.map((row) => ({ row, points: pointsOf(row, name, data) }))
      .filter(({ points }) => points.length > 0);
    const values = lines.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]));
    if (values.length === 0) return undefined;
    const axis = fittingAxis(values), last = number === QUANTITIES.length - 1;
    const at = ({ epoch }: Point, value: number): Pair => [epoch, axis.written(value)];
    return [
      ...axis.note === undefined ? [] : [`% ${axis.note}`],
      `\\nextgroupplot[title={${title}}, xlabel={Epoch},`,
      ...axis.options.map((option) => `  ${option}`),
      ...last ? [`  ${legendBelow(lines.map(({ row }) => rowTex(row, data, several)))}`] : [],
      "]",
      ...!seeds ? [] : lines.map(({ row: { activation }, points }) => {
        const edge = [
          ...points.map((point) => at(point, point.high)),
          ...points.toReversed().map((point) => at(point, point.low)),
        ];
        return `\\addplot[forget plot, draw=none, fill=${
          styles.color(activation)
        }, fill opacity=0.15] coordinates ${coordinates(edge)} -- cycle;`;
      }),
      ...lines.flatMap(({ row, points }) => {
        const found = points.filter(({ epoch }) =>
          row.collapses.some((one) => one.epoch === epoch)
        );
        const { activation } = row;
        return [
          `\\addplot[${styles.line(activation)}] coordinates ${
            coordinates(points.map((point) => at(point, point.mean)))
          };`,
          ...last ? [`\\addlegendentry{${rowTex(row, data, several)}}`] : [],
          ...found.length === 0 ? [] : [
            `\\addplot[forget plot, only marks, mark=x, mark size=3pt, very thick, ${
              styles.color(activation)
            }] coordinates ${coordinates(found.map((point) => at(point, point.mean)))};`,
          ],
        ];
      }),
    ];
  });
  const there = panels.filter((panel) => panel !== undefined);
  if (there.length === 0) return undefined;
  return figureTex(origin, styles, {
    panels: there.length,
    height: "3.4cm",
    options: ["xmin=0,"],
    content: there.flat(),
  });
}
