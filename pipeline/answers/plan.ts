import type { Assessment } from "../freshness/assess.ts";
import { type Cost, openSchedule } from "./cost.ts";
import { durationText, sizeText } from "../units.ts";
import type { Reason } from "../freshness/staleness.ts";

/** What would happen to one cell. */
export interface PlanRow {
  readonly cell: string;
  /**
   * `may run`: an input runs before, and what comes out decides; `remote`: the remote store has it,
   * and the run takes it from there if it proves to be sound.
   */
  readonly action: "run" | "may run" | "cached" | "remote";
  readonly reasons: readonly Reason[];
  /** Of a cell that is not cached: what it will probably cost; absent where that is unknown. */
  readonly cost?: Cost;
  /** Whether it fits in the budget, where one is given. */
  readonly fits?: boolean;
}

/** What a whole plan costs at most: cells whose inputs come out as before will not run. */
export interface PlanTotal {
  /** Seconds from the start to the end. */
  readonly seconds: number;
  /** Seconds of all cells together. */
  readonly work: number;
  readonly bytes: number;
  /** How many cells the sums hold. */
  readonly cells: number;
  /** Cells whose cost is unknown. */
  readonly unknown: readonly string[];
}

/** Options of {@linkcode planRows}. */
export interface PlanOptions {
  readonly costs?: ReadonlyMap<string, Cost>;
  /** How many cells may run at a time. */
  readonly jobs?: number;
  /** Seconds. */
  readonly budget?: number;
}

/**
 * What would happen to each cell.
 *
 * @param assessments With inputs first
 */
export function planRows(
  assessments: readonly Assessment[],
  { costs = new Map(), jobs = 1, budget }: PlanOptions = {},
): PlanRow[] {
  const schedule = openSchedule(jobs), left = new Set<string>();
  return assessments.map(({ cell, reasons, remote }) => {
    if (reasons.length === 0) {
      return { cell: cell.id, action: remote ? "remote" : "cached", reasons };
    }
    const cost = costs.get(cell.id);
    const fits = budget !== undefined && cost !== undefined &&
      !cell.inputs.some((id) => left.has(id)) &&
      schedule.add(cell.id, cell.inputs, cost.seconds, budget);
    if (!fits) left.add(cell.id);
    return {
      cell: cell.id,
      action: reasons.every(({ kind }) => kind === "input may change") ? "may run" : "run",
      reasons,
      ...cost === undefined ? {} : { cost },
      ...budget === undefined ? {} : { fits },
    };
  });
}

/**
 * What the cells of a plan cost together, or those that fit in the budget.
 *
 * @param inputs Input cells of a cell
 */
export function planTotal(
  rows: readonly PlanRow[],
  inputs: (cell: string) => readonly string[],
  jobs: number,
): PlanTotal {
  const schedule = openSchedule(jobs);
  const counted = rows.filter(({ action, fits }) => isStale(action) && fits !== false);
  let work = 0, bytes = 0;
  const unknown: string[] = [];
  for (const { cell, cost } of counted) {
    if (cost === undefined) {
      unknown.push(cell);
      continue;
    }
    work += cost.seconds;
    bytes += cost.bytes;
    schedule.add(cell, inputs(cell), cost.seconds);
  }
  return { seconds: schedule.end(), work, bytes, cells: counted.length - unknown.length, unknown };
}

/** Whether a cell may have to be computed. */
const isStale = (action: PlanRow["action"]) => action === "run" || action === "may run";

/** A plan for people. */
export function planLines(profile: string, rows: readonly PlanRow[]): string[] {
  const count = (action: PlanRow["action"]) => rows.filter((row) => row.action === action).length;
  const header = count("cached") === rows.length
    ? `Profile ${profile}: nothing to do, all ${rows.length} cells are fresh`
    : `Profile ${profile}: ${count("run")} cells run, ${
      count("may run")
    } may run because their inputs may change, ${count("cached")} are cached${
      count("remote") === 0 ? "" : `, ${count("remote")} come from the remote store`
    }`;
  const table = rows.map((row) => {
    const { cell, action, cost, fits } = row, costs = isStale(action);
    return [
      fits === false ? "later" : action,
      cell,
      cost ? durationText(cost.seconds) : costs ? "unknown" : "",
      cost ? sizeText(cost.bytes) : costs ? "unknown" : "",
      whyText(row),
    ];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column].length)));
  return [
    header,
    ...table.map((row) =>
      row.map((text, column) =>
        column === 2 || column === 3
          ? text.padStart(widths[column])
          : text.padEnd(widths[column] ?? 0)
      ).join("  ").trimEnd()
    ),
  ];
}

/** What a plan costs, for people. */
export function totalLines(total: PlanTotal, jobs: number, host: string): string[] {
  const { seconds, work, bytes, cells, unknown } = total;
  if (cells + unknown.length === 0) return [];
  return [
    ...cells === 0 ? [] : [
      `At most ${durationText(seconds)} with ${jobs === 1 ? "1 job" : `${jobs} jobs`}${
        jobs === 1 ? "" : ` (${durationText(work)} of work)`
      } and ${sizeText(bytes)} of disk, by past runs on ${host}`,
    ],
    ...unknown.length === 0 ? [] : [
      `Unknown: what ${unknown.length === 1 ? unknown[0] : `${unknown.length} cells`} will cost`,
    ],
  ];
}

/** Reasons, and the basis of the cost where it is not the cell's own last run. */
function whyText({ reasons, cost }: PlanRow): string {
  const why = reasons.map(({ text }) => text).join("; ");
  return cost === undefined || cost.basis === "its last run" ? why : `${why} [by ${cost.basis}]`;
}
