import type { Assessment } from "./assess.ts";
import { durationText } from "./progress/render.ts";
import type { Reason } from "./staleness.ts";

/** What would happen to one cell. */
export interface PlanRow {
  readonly cell: string;
  /** `may run`: an input runs before, and what comes out decides. */
  readonly action: "run" | "may run" | "cached";
  readonly reasons: readonly Reason[];
  /** How long it took last time, seconds. */
  readonly seconds?: number;
}

/** What would happen to each cell. */
export function planRows(assessments: readonly Assessment[]): PlanRow[] {
  return assessments.map(({ cell, reasons, manifest, previous }) => ({
    cell: cell.id,
    action: reasons.length === 0
      ? "cached"
      : reasons.every(({ kind }) => kind === "input may change")
      ? "may run"
      : "run",
    reasons,
    seconds: (manifest ?? previous)?.provenance.seconds,
  }));
}

/** A plan for people. */
export function planLines(profile: string, rows: readonly PlanRow[]): string[] {
  const count = (action: PlanRow["action"]) => rows.filter((row) => row.action === action).length;
  const stale = rows.filter(({ action }) => action !== "cached");
  const seconds = stale.reduce((sum, row) => sum + (row.seconds ?? 0), 0);
  const unknown = stale.filter((row) => row.seconds === undefined).length;
  const header = stale.length === 0
    ? `Profile ${profile}: nothing to do, all ${rows.length} cells are fresh`
    : `Profile ${profile}: ${count("run")} cells run, ${
      count("may run")
    } may run because their inputs may change, ${count("cached")} are cached` +
      (unknown < stale.length
        ? ` (${unknown > 0 ? "at least" : "about"} ${durationText(seconds)} by past runs)`
        : "");
  const width = Math.max(...rows.map(({ cell }) => cell.length));
  return [
    header,
    ...rows.map(({ cell, action, reasons }) =>
      `${action.padEnd(8)}${cell.padEnd(width + 2)}${reasons.map(({ text }) => text).join("; ")}`
        .trimEnd()
    ),
  ];
}
