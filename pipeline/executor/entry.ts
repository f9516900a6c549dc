/** What the parts of a fleet share: the cells that are on their way. @module */
import type { Assessment } from "../freshness/assess.ts";
import type { FleetOutcome } from "../run/fleet.ts";
import type { Key } from "../store/key.ts";
import type { Resources } from "./executor.ts";
import type { FleetOptions } from "./fleet_options.ts";
import type { KeptWave } from "./kept_wave.ts";
import type { Waves } from "./waves.ts";
import type { Work } from "./work.ts";

/** A cell that is on its way. */
export interface Entry {
  readonly assessment: Assessment;
  readonly inputs: readonly Assessment[];
  readonly work: Work;
  readonly resources: Resources;
  readonly seconds?: number;
  /** What became of it; a cell of the same key waits for it, too. */
  readonly outcome: Promise<FleetOutcome>;
  readonly resolve: (outcome: FleetOutcome) => void;
  readonly reject: (error: unknown) => void;
  /** Not handed over before. */
  notBefore: number;
  /** In whose hands it is. */
  held?: { readonly wave: KeptWave; readonly task: number };
  started: boolean;
  restarts: number;
  /** Since when nothing is known of its task, and how many looks found nothing. */
  silence?: { readonly since: number; looks: number };
  lost: string[];
  /** What was last told of it. */
  told?: string;
}

/** A cell that was handed over. */
export type HeldEntry = Entry & { readonly held: NonNullable<Entry["held"]> };

/** The state of a fleet. */
export interface FleetState {
  readonly options: FleetOptions;
  readonly waves: Waves;
  readonly entries: ReadonlyMap<Key, Entry>;
  /** Ends a cell's way. */
  readonly settle: (entry: Entry, outcome: FleetOutcome) => void;
  readonly note: (text: string) => void;
}

/** Cells that were handed over. */
export const heldEntries = ({ entries }: FleetState): HeldEntry[] =>
  [...entries.values()].filter((entry): entry is HeldEntry => entry.held !== undefined);

export const cellsText = (count: number): string => count === 1 ? "1 cell" : `${count} cells`;
export const tasksText = (count: number): string => count === 1 ? "1 task" : `${count} tasks`;
