import { type Assessment, isFresh } from "./assess.ts";
import { metricsText, sizeText } from "./progress/render.ts";
import type { Reason } from "./staleness.ts";

/** How one cell stands. */
export interface StatusRow {
  readonly cell: string;
  readonly state: "fresh" | "stale" | "never ran";
  readonly reasons: readonly Reason[];
  readonly key?: string;
  /** When it last finished: ISO 8601, UTC. */
  readonly finished?: string;
  readonly seconds?: number;
  /** Size of all its outputs, bytes. */
  readonly size?: number;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** How each cell stands; a stale cell shows what its last run left. */
export function statusRows(assessments: readonly Assessment[]): StatusRow[] {
  return assessments.map((assessment) => {
    const { cell, reasons, manifest, previous } = assessment;
    const last = manifest ?? previous;
    return {
      cell: cell.id,
      state: isFresh(assessment) ? "fresh" : last === undefined ? "never ran" : "stale",
      reasons,
      ...last === undefined ? {} : {
        key: last.key,
        finished: last.provenance.finished,
        seconds: last.provenance.seconds,
        size: Object.values(last.outputs).reduce((sum, { size }) => sum + size, 0),
        metrics: last.metrics,
      },
    };
  });
}

/** A status for people. */
export function statusLines(profile: string, rows: readonly StatusRow[]): string[] {
  const fresh = rows.filter(({ state }) => state === "fresh").length;
  const cells = rows.map((row) => [
    row.cell,
    row.state,
    row.finished?.replace("T", " ").slice(0, 16) ?? "",
    row.size === undefined ? "" : sizeText(row.size),
    metricsText(row.metrics ?? {}),
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...cells.map((cell) => cell[column].length))
  );
  return [
    `Profile ${profile}: ${fresh} of ${rows.length} cells are fresh (times in UTC)`,
    ...cells.map((cell) =>
      cell.map((text, column) =>
        column === 3 ? text.padStart(widths[column]) : text.padEnd(widths[column] ?? 0)
      ).join("  ").trimEnd()
    ),
  ];
}
