/** What adopting cells would try, and what that would cost; nothing is run. @module */
import { durationText } from "../units.ts";
import { type Assessment, isFresh } from "../freshness/assess.ts";
import type { Cost, Machine, PastRuns } from "./cost.ts";
import { openSchedule } from "./schedule.ts";
import type { Store } from "../store/store.ts";
import { obstacle, trialOf, WHOLE } from "../freshness/adoptable.ts";

/** What would happen to one cell. */
export interface AdoptRow {
  readonly cell: string;
  /** `follows`: it is fresh once its inputs are adopted, and not tried itself. */
  readonly action: "try" | "follows" | "fresh" | "refuse";
  /** Of a cell that is tried: on what. */
  readonly what?: string;
  /** Seconds of the trial, and of computing the cell instead; absent where that is unknown. */
  readonly seconds?: number;
  readonly instead?: number;
  /** Why it would be refused. */
  readonly text?: string;
}

/** What is known of costs. */
export interface AdoptCosts {
  /** Of whole cells. */
  readonly costs: ReadonlyMap<string, Cost>;
  readonly history: PastRuns;
  readonly machine: Machine;
}

/**
 * What would happen to each cell.
 *
 * @param assessments Of the cells to adopt and of all that they need, inputs first
 */
export function adoptRows(
  assessments: readonly Assessment[],
  store: Store,
  known: AdoptCosts,
): AdoptRow[] {
  const usable = new Set<string>();
  return assessments.map((assessment) => {
    const row = adoptRow(assessment, usable, store, known);
    if (row.action !== "refuse") usable.add(row.cell);
    return row;
  });
}

/** @param usable Cells that are fresh, or may be by then */
function adoptRow(
  assessment: Assessment,
  usable: ReadonlySet<string>,
  store: Store,
  known: AdoptCosts,
): AdoptRow {
  const { cell } = assessment, { id } = cell;
  if (isFresh(assessment)) return { cell: id, action: "fresh" };
  const waits = cell.inputs.every((input) => usable.has(input));
  const reasons = assessment.reasons.filter(({ kind }) => !waits || kind !== "input may change");
  if (reasons.length === 0) return { cell: id, action: "follows" };
  const text = obstacle({ ...assessment, reasons });
  if (text !== undefined) return { cell: id, action: "refuse", text };
  try {
    const trial = trialOf(assessment, store);
    const { what, share } = trial ?? { what: WHOLE, share: 1 };
    const instead = known.costs.get(id)?.seconds;
    const seconds = pastTrial(assessment, known) ??
      (instead === undefined ? undefined : share * instead);
    return { cell: id, action: "try", what, ...defined({ seconds, instead }) };
  } catch (error) {
    return { cell: id, action: "refuse", text: (error as Error).message };
  }
}

/** Seconds of past trials on this machine: of the cell itself, or else of its stage. */
function pastTrial(
  { cell }: Assessment,
  { history: { runs }, machine }: AdoptCosts,
): number | undefined {
  const trials = runs.flatMap((run) => {
    const trial = run.adopted?.at(-1)?.trial;
    const counts = trial?.host === machine.host && run.stage === cell.stage.name &&
      (!cell.stage.engine || trial.engine === machine.engine);
    return counts ? [{ cell: run.cell, seconds: trial.seconds }] : [];
  });
  const own = trials.filter((trial) => trial.cell === cell.id);
  const seconds = (own.length > 0 ? own : trials).map((trial) => trial.seconds);
  return seconds.sort((a, b) => a - b)[seconds.length >> 1];
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** Seconds from the start to the end if so many trials may run at a time, as far as is known. */
export function adoptSeconds(
  rows: readonly AdoptRow[],
  inputs: (cell: string) => readonly string[],
  jobs: number,
): number {
  const schedule = openSchedule(jobs);
  for (const { cell, seconds = 0 } of rows) schedule.add(cell, inputs(cell), seconds);
  return schedule.end();
}

/** What would be tried, for people. */
export function adoptLines(rows: readonly AdoptRow[]): string[] {
  const width = Math.max(0, ...rows.map(({ cell }) => cell.length));
  return rows.map((row) => `${row.action.padEnd(7)}  ${row.cell.padEnd(width)}  ${rowText(row)}`);
}

function rowText({ action, what, seconds, instead, text }: AdoptRow): string {
  switch (action) {
    case "try": {
      const time = seconds === undefined ? "for an unknown time" : `for ${durationText(seconds)}`;
      return `${what}, ${time}${
        instead === undefined ? "" : ` instead of ${durationText(instead)}`
      }`;
    }
    case "follows":
      return "fresh once its inputs are adopted";
    case "fresh":
      return "nothing to adopt";
    case "refuse":
      return text!;
  }
}
