import type { RunEvent } from "../events.ts";

/** What is known of one cell while a pipeline runs. */
export interface CellProgress {
  readonly status:
    | "waiting"
    | "queued"
    | "running"
    | "busy"
    | "cached"
    | "finished"
    | "failed"
    | "skipped"
    | "interrupted";
  /** Seconds that it took last time, or took now. */
  readonly seconds?: number;
  /** When it started, milliseconds. */
  readonly started?: number;
  /** When it last said anything, milliseconds. */
  readonly heard?: number;
  /** Its last report before it got on: a resumed cell does not start at nothing. */
  readonly first?: { readonly done: number; readonly at: number };
  readonly done?: number;
  readonly total?: number;
  /** What it does; of a failed cell, why it failed. */
  readonly label?: string;
}

/** What is known of a run. */
export interface ProgressState {
  /** In the order of the pipeline. */
  readonly cells: ReadonlyMap<string, CellProgress>;
  readonly jobs: number;
}

/** Before anything happened. */
export const NOTHING_YET: ProgressState = { cells: new Map(), jobs: 1 };

/** What the result of a trial means for a cell. */
const TRIED = {
  adopted: "cached",
  computed: "finished",
  fresh: "cached",
  different: "failed",
  refused: "skipped",
} as const;

/**
 * The state after an event. The state before is used up: its cells become those of the new one, lest
 * ten thousand cells be copied ten thousand times.
 *
 * @param now Milliseconds on any clock
 */
export function advance(state: ProgressState, event: RunEvent, now: number): ProgressState {
  const change = (cell: string, changes: Partial<CellProgress>): ProgressState => {
    const before = state.cells.get(cell) ?? { status: "waiting" };
    const cells = state === NOTHING_YET ? new Map() : state.cells as Map<string, CellProgress>;
    return { ...state, cells: cells.set(cell, { ...before, ...changes }) };
  };
  switch (event.kind) {
    case "plan":
      return {
        jobs: event.jobs,
        cells: new Map(event.cells.map(({ cell, reasons, seconds }) => [
          cell,
          { status: reasons.length === 0 ? "cached" : "waiting", seconds },
        ])),
      };
    case "started":
      return change(event.cell, {
        status: "running",
        started: now,
        heard: now,
        first: undefined,
        done: undefined,
        total: undefined,
        label: undefined,
      });
    case "progress": {
      const { cell, done, total, label } = event;
      const before = state.cells.get(cell)?.first;
      // until it gets on, for example while it compiles, it has no rate
      const first = before !== undefined && done > before.done ? before : { done, at: now };
      return change(cell, { done, total, label, first, heard: now });
    }
    case "log":
      return change(event.cell, { heard: now });
    case "finished":
      return change(event.cell, { status: "finished", seconds: event.seconds });
    case "tried":
      return change(event.cell, { status: TRIED[event.result] });
    case "failed":
      return change(event.cell, { status: "failed", label: event.text });
    case "busy":
    case "cached":
    case "skipped":
    case "interrupted":
      return change(event.cell, { status: event.kind });
    case "queued":
      return change(event.cell, { status: "queued", label: event.why });
    case "handed over":
      return change(event.cell, { status: "queued", label: event.kind });
    case "edited":
    case "damaged":
      return change(event.cell, { status: "waiting" });
    case "note":
    case "end":
      return state;
  }
}
