/** What the page of a server shows besides the report: how far a profile's runs are. @module */
import type { CellProgress, ProgressState } from "../../pipeline/run/progress/state.ts";
import { clockText, overview } from "../../pipeline/run/progress/render.ts";
import { readRuns, type SeenRun } from "../../pipeline/run/progress/live.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { durationText } from "../../pipeline/units.ts";

/** A cell of a run, for people. */
export interface ShownCell {
  readonly cell: string;
  readonly state: "running" | "waiting" | "failed" | "not run" | "interrupted" | "done";
  /** What it does, why it failed, or how long it took. */
  readonly text: string;
  /** Of running cells that say it: how much is done, percent. */
  readonly percent?: number;
}

/** A run, for people. */
export interface ShownRun {
  readonly running: boolean;
  /** As the pipeline prints it: `5 of 21 cells done, about 3 min left`. */
  readonly text: string;
  /** Where it runs: `process 7 on host`. */
  readonly where: string;
  /** Cells that are done, and all. */
  readonly done: number;
  readonly total: number;
  readonly cells: readonly ShownCell[];
}

const STATES: Readonly<Record<CellProgress["status"], ShownCell["state"]>> = {
  running: "running",
  busy: "running",
  failed: "failed",
  skipped: "not run",
  interrupted: "interrupted",
  waiting: "waiting",
  queued: "waiting",
  cached: "done",
  finished: "done",
};

/** What is looked at first comes first. */
const ORDER: readonly ShownCell["state"][] = [
  "running",
  "failed",
  "interrupted",
  "not run",
  "waiting",
  "done",
];

function shownCell(cell: string, progress: CellProgress, now: number, over: boolean): ShownCell {
  const { status, started, seconds, label, done, total } = progress;
  const was = STATES[status], state = over && was === "running" ? "interrupted" : was;
  if (status === "failed") return { cell, state, text: label ?? "" };
  if (status === "busy") return { cell, state, text: "another pipeline computes it" };
  if (state === "done") {
    return { cell, state, text: seconds === undefined ? "" : durationText(seconds) };
  }
  if (state !== "running") return { cell, state, text: "" };
  const time = `for ${clockText(Math.max(0, Math.floor((now - started!) / 1000)))}`;
  const percent = total && done !== undefined
    ? Math.floor(100 * Math.min(1, done / total))
    : undefined;
  const text = percent === undefined || !label ? time : `${label}, ${time}`;
  return { cell, state, text, ...percent === undefined ? {} : { percent } };
}

/**
 * A run as it is shown.
 *
 * @param now On the clock of the run's own process, milliseconds
 */
export function shownRun({ state, ended, host, pid }: SeenRun, now: number): ShownRun {
  const cells = [...state.cells].map(([id, one]) => shownCell(id, one, now, ended !== undefined));
  return {
    running: ended === undefined,
    text: ended ?? overview(state satisfies ProgressState, now),
    where: `process ${pid} on ${host}`,
    done: cells.filter((one) => one.state === "done").length,
    total: cells.length,
    cells: cells.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state)),
  };
}

/** Reads again and again how far a profile's runs are; between two writings their clocks go on here. */
export function openShownRuns(store: Pick<Store, "cache">, profile: string): () => ShownRun[] {
  const seen = new Map<string, { readonly now: number; readonly at: number }>();
  return () => {
    const runs = readRuns(store, profile), at = performance.now();
    for (const id of seen.keys()) if (!runs.some((run) => run.id === id)) seen.delete(id);
    return runs.map((run) => {
      const before = seen.get(run.id);
      if (before?.now !== run.now) seen.set(run.id, { now: run.now, at });
      return shownRun(run, run.now + (before?.now === run.now ? at - before.at : 0));
    });
  };
}
