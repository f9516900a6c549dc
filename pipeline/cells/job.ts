/**
 * What the runner and a stage's process say to each other: the runner gives a {@linkcode Job}, the
 * process reports {@linkcode StageMessage}s, one JSON object a line of standard output.
 *
 * Types alone: stages take them from here without loading anything of the pipeline.
 *
 * @module
 */
import type { Json } from "../store/canonical.ts";

export type { Json };

/** What a stage process is asked to do. */
export interface Job {
  /** For example `train:igr:gelu@2`. */
  readonly cell: string;
  /** Name of the stage, for example `train`. */
  readonly stage: string;
  /** Exactly the parameters that the stage declares. */
  readonly parameters: { readonly [key: string]: Json };
  /** The cell's own seed, an unsigned 64-bit integer in decimal. */
  readonly seed: string;
  /** Modules that this cell runs besides its stage's own, by kind and name. */
  readonly rules?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Files by input name and output name: `inputs["fetch:cifar10"]["train.bin"]` is a path. */
  readonly inputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Folder for resumable state; survives a crash of the process. */
  readonly work: string;
  /** Folder whose files become the cell's outputs. */
  readonly output: string;
  /** What executes numerics; provenance, not part of the key. */
  readonly engine: JobEngine;
  /** Asks for the beginning of the work alone, in the words of the stage. */
  readonly trial?: { readonly [key: string]: Json };
}

/** What a stage process computes with. */
export interface JobEngine {
  readonly kind: string;
  /** Path of what the engine loads. */
  readonly plugin?: string;
  /** Share of a GPU's memory that is taken at once; as much as is needed, if not given. */
  readonly memory?: number;
  /** Whether a GPU computes the same bits in every run. */
  readonly deterministic?: boolean;
  /** Folder of compiled programs, which all cells share; none are kept without it. */
  readonly executables?: string;
  /** What is known of the device and the plugin before it is loaded. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** What a stage process may say. */
export type StageMessage =
  | {
    readonly kind: "progress";
    /** Share done, in units of the process's choice. */
    readonly done: number;
    readonly total: number;
    /** What runs now, for example `epoch 3 of 12: loss 1.71, clean 41.2 %`. */
    readonly label?: string;
  }
  | { readonly kind: "log"; readonly text: string }
  /** It has read all of its code, and will read no more. */
  | { readonly kind: "loaded" }
  | {
    /** Last message of a process that succeeded. */
    readonly kind: "result";
    /** Headline numbers by name, kept in the manifest. */
    readonly metrics: Readonly<Record<string, number>>;
    /** Engine, platform, versions and device, kept in the manifest. */
    readonly provenance: { readonly [key: string]: Json };
  }
  | {
    /** Why the cell failed, for a person; the exit code is 1. */
    readonly kind: "failure";
    readonly text: string;
  };
