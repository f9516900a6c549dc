/**
 * Which cells of a run come next, and which no longer can: states alone, without store or processes.
 *
 * @module
 */
import type { CellDeclaration } from "../cells/stage.ts";

/** How a cell stands in a run. */
export type RunState =
  | "waiting"
  | "running"
  | "fresh"
  | "failed"
  | "skipped"
  | "interrupted"
  | "handed over";

/** The states of a run's cells. */
export interface RunSchedule {
  /**
   * Gives a cell a state.
   *
   * @param busyUntil Until when a waiting cell does not start, since another pipeline computes it:
   * milliseconds, as of `now` in {@linkcode RunSchedule.start}
   */
  readonly enter: (id: string, state: RunState, busyUntil?: number) => void;
  /** A fresh cell is so no longer: it and all that were made of it wait again. */
  readonly reopen: (id: string) => void;
  /**
   * Starts cells that wait and whose inputs are fresh, as many as there are free places.
   *
   * @param elsewhere Whether to start those that run elsewhere, or the others
   */
  readonly start: (places: number, now: number, elsewhere?: boolean) => string[];
  /** Skips cells that wait for one that failed or was skipped. */
  readonly skip: () => { readonly cell: string; readonly because: string }[];
  /** Cells that are in one of these states, inputs first. */
  readonly inState: (...states: RunState[]) => string[];
  /** Whether another pipeline computes the cell, as far as is known. */
  readonly isBusy: (id: string) => boolean;
  /** Whether it does so with any cell. */
  readonly hasBusy: () => boolean;
}

/**
 * A schedule in which fresh cells are fresh and all others wait.
 *
 * @param cells Inputs first
 * @param isElsewhere Whether a cell runs elsewhere
 */
export function openRunSchedule(
  cells: readonly Pick<CellDeclaration, "id" | "inputs">[],
  isFresh: (id: string) => boolean,
  isElsewhere: (id: string) => boolean = () => false,
): RunSchedule {
  const states = new Map<string, RunState>(
    cells.map(({ id }) => [id, isFresh(id) ? "fresh" : "waiting"]),
  );
  const busy = new Map<string, number>();

  function reopen(id: string): void {
    states.set(id, "waiting");
    for (const cell of cells) {
      if (cell.inputs.includes(id) && states.get(cell.id) === "fresh") reopen(cell.id);
    }
  }

  return {
    enter(id, state, busyUntil) {
      states.set(id, state);
      if (busyUntil === undefined) busy.delete(id);
      else busy.set(id, busyUntil);
    },
    reopen,
    start(places, now, elsewhere = false) {
      if (places <= 0) return [];
      const ready = cells.filter(({ id, inputs }) =>
        states.get(id) === "waiting" && isElsewhere(id) === elsewhere &&
        (busy.get(id) ?? 0) <= now && inputs.every((input) => states.get(input) === "fresh")
      ).slice(0, Math.max(0, places)).map(({ id }) => id);
      // a busy cell stays so until what came of it is known
      for (const id of ready) states.set(id, "running");
      return ready;
    },
    skip() {
      const skipped = [];
      for (const { id, inputs } of cells) {
        if (states.get(id) !== "waiting") continue;
        const because = inputs.find((input) =>
          states.get(input) === "failed" || states.get(input) === "skipped"
        );
        if (because === undefined) continue;
        states.set(id, "skipped");
        skipped.push({ cell: id, because });
      }
      return skipped;
    },
    inState: (...wanted) =>
      cells.map(({ id }) => id).filter((id) => wanted.includes(states.get(id)!)),
    isBusy: (id) => busy.has(id),
    hasBusy: () => busy.size > 0,
  };
}
