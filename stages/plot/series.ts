import type { Epoch, History } from "../../lib/report/mod.ts";
import { mean, sampleVariance } from "../../lib/statistics/mod.ts";

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
}

/** A quantity after one epoch: mean and sample standard deviation over the seeds. */
export interface Point {
  readonly epoch: number;
  readonly mean: number;
  /** 0 with one seed. */
  readonly deviation: number;
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

/** One quantity by epoch; epochs without a finite number in any seed are left out. */
export function points(group: Group, quantity: Exclude<keyof Epoch, "epoch">): Point[] {
  const byEpoch = new Map<number, number[]>();
  for (const { history } of group.trainings) {
    for (const record of history.epochs) {
      const value = record[quantity];
      if (value === null || !Number.isFinite(value)) continue;
      byEpoch.set(record.epoch, [...byEpoch.get(record.epoch) ?? [], value]);
    }
  }
  return [...byEpoch].sort(([a], [b]) => a - b).map(([epoch, values]) => ({
    epoch,
    mean: mean(values),
    deviation: Math.sqrt(sampleVariance(values)),
  }));
}
