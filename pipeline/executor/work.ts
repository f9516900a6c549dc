/**
 * What a wave's tasks are told, and what they tell: `tasks.json` in the wave's folder, and beside the
 * lease of each cell its progress and how the last attempt ended.
 *
 * @module
 */
import type { BundledCell } from "../bundle/content.ts";
import type { StageMessage } from "../cells/job.ts";
import type { Digest } from "../store/digest.ts";
import type { Key } from "../store/key.ts";
import type { Store } from "../store/store.ts";
import { join } from "node:path";

/** A cell that is to run elsewhere: all of its inputs are finished. */
export interface Work {
  readonly key: Key;
  /** What is frozen has its stage and its rules; the declaration comes with the task. */
  readonly cell: Pick<BundledCell, "id" | "stage" | "parameters" | "seed" | "code" | "rules"> & {
    /** Digest of the code beneath the boundary of its stage. */
    readonly beneath?: Digest;
    readonly permissions?: BundledCell["permissions"];
    /** Files that it leaves. */
    readonly outputs: readonly string[];
    readonly revision?: number;
  };
  /** Keys of its inputs by cell, in the order of the declaration. */
  readonly inputs: Readonly<Record<string, Key>>;
}

/** `tasks.json` of a wave. */
export interface Tasks {
  readonly wave: string;
  readonly profile: string;
  /** Of the frozen code. */
  readonly frozen: Digest;
  /** Of the repository, where it is known. */
  readonly commit?: string;
  /** Cells by task; those of one task run one after another. */
  readonly tasks: readonly (readonly Work[])[];
}

/** How an attempt to run a cell ended: `work/<key>.attempt`, written last. */
export interface Attempt {
  /** `<ticket>-<restart>`, for example `4711_3-0`. */
  readonly attempt: string;
  readonly wave: string;
  readonly outcome:
    /** A cell whose turn had not come is interrupted, too, and has no progress. */
    | { readonly kind: "finished" | "cached" | "interrupted" }
    /** Its task was asked to stop before the cell's turn had come. */
    | { readonly kind: "not begun" }
    /** An input is damaged and was put aside: it has to be computed anew before. */
    | { readonly kind: "postponed"; readonly input: string }
    | { readonly kind: "failure"; readonly text: string; readonly tail: readonly string[] };
  readonly node: string;
  /** ISO 8601, UTC. */
  readonly ended: string;
}

/** How far a cell is that runs: `work/<key>.progress`, replaced every two seconds at most. */
export interface Progress {
  readonly attempt: string;
  readonly wave: string;
  readonly node: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  /** The last of its messages of this kind. */
  readonly last?: StageMessage & { readonly kind: "progress" };
}

const beside = (kind: string) => ({ folder }: Pick<Store, "folder">, key: Key) =>
  join(folder, "work", `${key}.${kind}`);

export const attemptPath: (store: Pick<Store, "folder">, key: Key) => string = beside("attempt");
export const progressPath: (store: Pick<Store, "folder">, key: Key) => string = beside("progress");

/** Folder of a wave's files. */
export const waveFolder = ({ folder }: Pick<Store, "folder">, wave: string): string =>
  join(folder, "work", "waves", wave);
