/** What runs cells elsewhere, as a run sees it. @module */
import type { Assessment } from "../freshness/assess.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import type { RunEvent } from "./events.ts";
import type { CellOutcome } from "./run_cell.ts";

/** What a run tells its fleet. */
export interface FleetRun {
  /** Cells that may have to run, inputs first. */
  readonly stale: readonly CellDeclaration[];
  /** How long a cell will probably take, seconds. */
  readonly predicted: (cell: string) => number | undefined;
  readonly onEvent: (event: RunEvent) => void;
  /** Aborted when cells are to stop. */
  readonly signal: AbortSignal;
}

/** How it went with one cell that was handed over. */
export type FleetOutcome =
  | CellOutcome
  /** It was left alone on purpose. */
  | { readonly kind: "handed over" };

/** Runs cells elsewhere. */
export interface Fleet {
  /** Whether a cell runs elsewhere. */
  readonly takes: (cell: CellDeclaration) => boolean;
  /** How many cells may be handed over at a time. */
  readonly places: number;
  /** Runs a stale cell whose inputs are fresh. */
  readonly run: (assessment: Assessment, inputs: readonly Assessment[]) => Promise<FleetOutcome>;
  /** Lets go of all that is still handed over, for another command. */
  readonly close: () => Promise<void>;
}
