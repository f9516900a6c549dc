/**
 * What a pipeline is made of: a {@linkcode Stage} is a kind of work, declared once; a
 * {@linkcode CellDeclaration} is one instance of a stage with its parameters and inputs.
 *
 * @module
 */
import type { Json } from "../store/canonical.ts";

/** What a stage's process may do beyond reading its code and inputs and writing its own folder. */
export interface StagePermissions {
  /** Hosts it may connect to. */
  readonly net?: readonly string[];
  /** Whether it may load native libraries; engine stages always may. */
  readonly ffi?: boolean;
  /** Programs it may start. */
  readonly run?: readonly string[];
  /** Environment variables it may read. */
  readonly env?: readonly string[];
  /** Paths it may read besides its code and inputs. */
  readonly read?: readonly string[];
  /** Deno's `--allow-sys` interfaces. */
  readonly sys?: readonly string[];
}

/** A generation of results. */
export interface Revision {
  /** 1 for the first. */
  readonly number: number;
  /** One line: what it was raised for. */
  readonly reason: string;
}

/** A finished cell, as a stage plans the trial of its new code. */
export interface FinishedWork {
  readonly parameters: { readonly [key: string]: Json };
  /** Bytes of an output. */
  readonly output: (name: string) => Uint8Array;
}

/** The beginning of a cell's work, on which new code is tried where all of it would take long. */
export interface Trial {
  /** The process gets this as `job.trial`; it writes all outputs of its stage all the same. */
  readonly job: { readonly [key: string]: Json };
  /** For people: `epoch 1 of 16`. */
  readonly what: string;
  /** Share of the cell's work, between 0 and 1. */
  readonly share: number;
  /**
   * By output: the part that the beginning decides, in the output's own format, out of what either
   * the whole cell or its beginning left. Other outputs are not compared.
   */
  readonly parts: Readonly<Record<string, (output: Uint8Array) => Uint8Array>>;
}

/** A kind of work, run as a process of its own. */
export interface Stage {
  /** For example `train`. */
  readonly name: string;
  /** The process: `new URL("./main.ts", import.meta.url)`. */
  readonly entry: URL;
  /** One line for menus. */
  readonly summary: string;
  /** Files that every cell of the stage leaves. */
  readonly outputs: readonly string[];
  /** Files that a cell leaves besides, by what its parameters ask for. */
  readonly moreOutputs?: (parameters: { readonly [key: string]: Json }) => readonly string[];
  readonly permissions?: StagePermissions;
  /**
   * Folders (ending in `/`) and modules that decide how its cells are computed and not what: they do
   * not count in keys, and their digest is recorded with what they computed.
   */
  readonly boundary?: readonly URL[];
  /** Raised where results are no longer what they were, although no code that counts changed. */
  readonly revision?: Revision;
  /** Whether it computes with an engine: it is then told which, and may load native libraries. */
  readonly engine?: boolean;
  /**
   * Plans the trial of new code; without it, or where it plans none, the whole cell is tried. Throws
   * if an output is not as the stage writes it.
   */
  readonly trial?: (work: FinishedWork) => Trial | undefined;
}

/** A module that only some cells of a stage run: an activation, a method, an attack. */
export interface CellRule {
  /** For example `activation`; the module exports a constant of this name. */
  readonly kind: string;
  /** For example `gelu`. */
  readonly name: string;
  readonly module: URL;
}

/** One instance of a stage. */
export interface CellDeclaration {
  /** For example `attack:pgd50:igr:gelu@2`. */
  readonly id: string;
  readonly stage: Stage;
  /** All that the stage is told of the profile, and all of it that enters the key. */
  readonly parameters: { readonly [key: string]: Json };
  /** What it runs besides its stage's own code; each counts in the key of this cell alone. */
  readonly rules?: readonly CellRule[];
  /** Cells whose outputs it reads. */
  readonly inputs: readonly string[];
  /** The cell's own seed, an unsigned 64-bit integer in decimal; `0` where nothing is random. */
  readonly seed?: string;
  /** Paths of files from outside the store, by input name and file name; they count by content. */
  readonly files?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Replaces the stage's permissions of the same name for this cell. */
  readonly permissions?: StagePermissions;
}
