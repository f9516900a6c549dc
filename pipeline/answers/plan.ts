import type { Assessment } from "../freshness/assess.ts";
import type { Cost, Range } from "./cost.ts";
import { openSchedule } from "./schedule.ts";
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
  /** Where some costs are extrapolated: seconds from the start to the end at least and at most. */
  readonly range?: Range;
  /** For people: how many costs are extrapolated, and from what. */
  readonly extrapolated?: string;
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
  const counted = rows.filter(({ action, fits }) => isStale(action) && fits !== false);
  const known = counted.flatMap(({ cell, cost }) => cost === undefined ? [] : [{ cell, cost }]);
  const unknown = counted.filter(({ cost }) => cost === undefined).map(({ cell }) => cell);
  const ends = (secondsOf: (cost: Cost) => number) => {
    const schedule = openSchedule(jobs);
    for (const { cell, cost } of known) schedule.add(cell, inputs(cell), secondsOf(cost));
    return schedule.end();
  };
  const sum = (of: (cost: Cost) => number) => known.reduce((sum, { cost }) => sum + of(cost), 0);
  const guessed = known.filter(({ cost }) => cost.range !== undefined);
  return {
    seconds: ends(({ seconds }) => seconds),
    work: sum(({ seconds }) => seconds),
    bytes: sum(({ bytes }) => bytes),
    cells: known.length,
    unknown,
    ...guessed.length === 0 ? {} : {
      range: {
        low: ends(({ seconds, range }) => range?.low ?? seconds),
        high: ends(({ seconds, range }) => range?.high ?? seconds),
      },
      extrapolated: extrapolatedText(guessed.map(({ cost }) => cost)),
    },
  };
}

function extrapolatedText(costs: readonly Cost[]): string {
  const bases = [...new Set(costs.map(({ basis }) => basis))];
  const more = bases.length > 2 ? ` and ${bases.length - 2} more` : "";
  return `Extrapolated for ${costs.length === 1 ? "1 cell" : `${costs.length} cells`} from ` +
    `${bases.slice(0, 2).join(", ")}${more}`;
}

/** Whether a cell may have to be computed. */
export const isStale = (action: PlanRow["action"]) => action === "run" || action === "may run";
