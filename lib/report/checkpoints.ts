/** Which state of a training was attacked, and how a table says so. @module */
import { activationName, methodName, type ReportRules } from "./names.ts";
import type { CellRecord, Checkpoint, RowRecord } from "./records.ts";
import type { TableFinding } from "./table.ts";

const WORDS: Readonly<Record<Checkpoint | "mixed", string>> = {
  last: "last checkpoint",
  best: "best checkpoint on held-out images",
  "last average": "last checkpoint of the averaged weights",
  "best average": "best checkpoint of the averaged weights on held-out images",
  mixed: "checkpoints as footnoted",
};

/** A checkpoint in words. */
export const checkpointText = (checkpoint: Checkpoint | "mixed"): string => WORDS[checkpoint];

/** The state of a cell's training that was attacked. */
export const checkpointOf = ({ bestEpoch, average }: CellRecord): Checkpoint =>
  `${bestEpoch === undefined ? "last" : "best"}${average ? " average" : ""}`;

/** The one of all cells, or `mixed`. */
export function checkpointOfAll(cells: readonly CellRecord[]): Checkpoint | "mixed" {
  const [first, ...others] = new Set(cells.map(checkpointOf));
  return others.length === 0 ? first : "mixed";
}

/** Footnotes that name the rows by their checkpoints; none where all are the last of the weights. */
export function checkpointFindings(
  rows: readonly RowRecord[],
  rules: ReportRules,
): TableFinding[] {
  const byCheckpoint = new Map<Checkpoint, string[]>();
  for (const { method, activation, cells } of rows) {
    for (const checkpoint of new Set(cells.map(checkpointOf))) {
      const epochs = cells.filter((cell) => checkpointOf(cell) === checkpoint)
        .flatMap(({ bestEpoch }) => bestEpoch ?? []);
      const when = epochs.length === 0
        ? ""
        : ` (epoch${epochs.length === 1 ? "" : "s"} ${epochs.join(", ")})`;
      const name = `${methodName(method, rules)} ${activationName(activation, rules)}${when}`;
      byCheckpoint.set(checkpoint, [...byCheckpoint.get(checkpoint) ?? [], name]);
    }
  }
  if (byCheckpoint.size === 1 && byCheckpoint.has("last")) return [];
  return [...byCheckpoint].map(([checkpoint, names]) => ({
    kind: "checkpoint",
    text: `The ${checkpointText(checkpoint)} was attacked of ${names.join(", ")}`,
  }));
}
