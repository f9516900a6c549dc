import type { Collapse } from "../../lib/training/collapse.ts";
import type { History, Step } from "../../lib/report/mod.ts";
import { mean } from "../../lib/statistics/mod.ts";

/** The history of one training. */
export interface Training {
  readonly method: string;
  readonly activation: string;
  readonly seed: number;
  readonly history: History;
}

/** The seeds of one row: trainings that differ in nothing else. */
export interface Group {
  readonly method: string;
  readonly activation: string;
  readonly trainings: readonly Training[];
  /** The seeds that collapsed, as the table has them. */
  readonly collapses?: readonly (Collapse & { readonly seed: number })[];
}

/** What figures show by epoch. */
export type Quantity = Exclude<keyof Step, "epoch" | "step">;

/** A quantity at one time: mean and range over the seeds. */
export interface Point {
  /** Whole after an epoch, with the share of the last between two. */
  readonly epoch: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Reads method, activation and seed from a train cell's id.
 *
 * @throws {RangeError} If it is no id of a train cell
 */
export function parseTrainCell(cell: string): Omit<Training, "history"> {
  const match = /^train:([^:@]+):([^:@]+)(?:@(\d+))?$/.exec(cell);
  if (match === null) {
    throw new RangeError(
      `Cannot plot "${cell}": expected the id of a train cell such as train:fgsm:gelu@2`,
    );
  }
  return { method: match[1], activation: match[2], seed: Number(match[3] ?? 1) };
}

/** Puts the seeds of a row together, in the order of first appearance. */
export function groupSeeds(trainings: readonly Training[]): Group[] {
  const groups = new Map<string, Training[]>();
  for (const training of trainings) {
    const name = `${training.method}/${training.activation}`;
    groups.set(name, [...groups.get(name) ?? [], training]);
  }
  return [...groups.values()].map((seeds) => ({
    method: seeds[0].method,
    activation: seeds[0].activation,
    trainings: seeds.toSorted((a, b) => a.seed - b.seed),
  }));
}

/**
 * One quantity by epoch, and between epochs where trainings logged it; times without a finite number in
 * any seed are left out.
 */
export function points(
  group: { readonly trainings: readonly Pick<Training, "history">[] },
  quantity: Quantity,
): Point[] {
  const byEpoch = new Map<number, number[]>();
  for (const { history } of group.trainings) {
    const between = history.steps.filter(({ epoch }) => !Number.isInteger(epoch));
    for (const record of [...history.epochs, ...between]) {
      const value = record[quantity];
      if (value === null || !Number.isFinite(value)) continue;
      byEpoch.set(record.epoch, [...byEpoch.get(record.epoch) ?? [], value]);
    }
  }
  return [...byEpoch].sort(([a], [b]) => a - b).map(([epoch, values]) => ({
    epoch,
    mean: mean(values),
    low: Math.min(...values),
    high: Math.max(...values),
  }));
}

/** The points of a row's line at whose epochs a seed of it collapsed. */
export const collapsePoints = (
  { collapses = [] }: Pick<Group, "collapses">,
  points: readonly Point[],
): Point[] => points.filter((point) => collapses.some(({ epoch }) => epoch === point.epoch));

/** What the mark of a collapse is, in a figure's caption. */
export const COLLAPSE_CAPTION =
  "×: a training collapsed by this epoch (PGD-10 accuracy lost, FGSM accuracy not)";
