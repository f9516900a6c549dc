/** What a fleet is told. @module */
import type { CellDeclaration } from "../cells/stage.ts";
import type { FleetRun } from "../run/fleet.ts";
import type { Digest } from "../store/digest.ts";
import type { Key } from "../store/key.ts";
import type { LeaseOptions } from "../store/lease.ts";
import type { Manifest } from "../store/manifest.ts";
import type { Store } from "../store/store.ts";
import type { Executor, Resources, Wave } from "./executor.ts";
import type { Attempt, Tasks } from "./work.ts";

/** A script that is too large; fewer tasks make a smaller one. */
export class ScriptTooLarge extends Error {
  override name = "ScriptTooLarge";
  /** Bytes of it that are code, whatever the tasks. */
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** Code of cells as it was when they were handed over, and how a task is started with it. */
export interface Frozen {
  readonly digest: Digest;
  /** Digests of the code of cells, as it enters their keys. */
  readonly codes: ReadonlySet<Digest>;
  /**
   * What runs the tasks of a wave: of `tasks.json`, or of a script that brings it along.
   *
   * @throws {ScriptTooLarge} If it brings along more than is allowed
   */
  readonly start: (
    tasksFile: string,
    tasks: Tasks,
  ) => Promise<Pick<Wave, "command" | "script">>;
}

/** Times of a fleet, milliseconds. */
export interface FleetTimes {
  /** So long cells that become ready are waited for, so that they go together. */
  readonly gather: number;
  /** First and longest time between two looks. */
  readonly look: readonly [first: number, longest: number];
  /** A task of which nothing is known for so long is gone. */
  readonly patience: number;
  /** Until a wave that was not taken is offered again. */
  readonly refused: number;
}

/** {@linkcode FleetTimes} of a cluster. */
export const FLEET_TIMES: FleetTimes = {
  gather: 300,
  look: [2_000, 30_000],
  patience: 60_000,
  refused: 20_000,
};

/** What a fleet needs. */
export interface FleetOptions extends FleetRun {
  readonly executor: Executor;
  readonly store: Store;
  readonly profile: string;
  /** Of the repository, where it is known. */
  readonly commit?: string;
  /** What a cell asks for; `here` for one that this machine runs itself. */
  readonly resources: (cell: CellDeclaration) => Resources | "here";
  /** Tasks that may run at a time. */
  readonly places: number;
  /** Cells that may be handed over at a time; as many as there are if left out. */
  readonly cells?: number;
  readonly freeze: (cells: readonly CellDeclaration[]) => Promise<Frozen>;
  /** Digest of the code beneath the boundary of a cell's stage. */
  readonly beneath: (cell: CellDeclaration) => Promise<Digest | undefined>;
  /**
   * Brings what a cell left on a machine with another store; without it tasks share the store. What is
   * thrown as {@linkcode RemoteSilent} is tried again.
   */
  readonly bring?: {
    /** Gives what cells left that others read. */
    readonly give: (manifests: readonly Manifest[]) => Promise<void>;
    readonly result: (cell: CellDeclaration, key: Key) => Promise<Manifest | undefined>;
    readonly attempt: (key: Key) => Promise<Attempt | undefined>;
  };
  /** Whether cells are left alone once they are handed over. */
  readonly detach?: boolean;
  readonly times?: FleetTimes;
  readonly lease?: LeaseOptions;
}
