/**
 * What executes numerics: an {@linkcode Engine} compiles a {@linkcode Program} once and runs it many
 * times on values that stay inside the engine.
 *
 * @module
 */
import type { HostData, Program, PutData, Spec } from "../tracing/program.ts";

export type {
  DType,
  HostData,
  Precision,
  Program,
  PutData,
  Spec,
  Tensors,
} from "../tracing/program.ts";

/** A tensor that lives inside an engine. Dispose of it to free its memory. */
export interface Value extends Disposable, Spec {
  /** False once disposed of or donated. */
  readonly alive: boolean;
}

/** Values by name. */
export type Values = Record<string, Value>;

/** A run that was handed to the engine. */
export interface Submitted {
  /** To be used at once, as inputs of further runs too; the caller's, however the run ends. */
  readonly outputs: Values;
  /**
   * Settles when the run has ended. Rejects with an {@linkcode Error} that names the program if it
   * failed, as then does every run that uses its outputs. Nobody has to wait for it, but it must have
   * settled before the engine is disposed of.
   */
  readonly done: Promise<void>;
}

/** A compiled program. */
export interface Executable extends Disposable {
  readonly name: string;
  readonly outputs: Readonly<Record<string, Spec>>;
  /** Bytes of the device's memory that a run takes, inputs and outputs included, if it is known. */
  readonly bytes?: number;
  /**
   * Runs the program.
   *
   * @throws {TypeError} If an input is missing, unknown, or of another shape or type than declared
   * @throws {Error} If the engine fails; the message carries the engine's own text
   */
  readonly run: (inputs: Values) => Promise<Values>;
  /**
   * Hands a run to the engine without waiting for its end, so that the next one can be made ready
   * meanwhile. Runs that were handed over one after another are computed in that order; donated inputs
   * are gone, and others may be disposed of, as soon as this resolves.
   *
   * @throws As {@linkcode Executable.run}
   */
  readonly submit: (inputs: Values) => Promise<Submitted>;
}

/** What a run was computed on; recorded as provenance. */
export interface EngineDescription {
  /** `pjrt`, `cpu` or `tensorflow`. */
  readonly engine: string;
  /** For example `cpu`, `cuda`. */
  readonly platform: string;
  /** Versions and devices by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Whether a GPU was held to operations that give the same bits in every run. */
  readonly deterministic?: boolean;
  /** Names of programs that the compiler tuned no algorithms for, since that failed. */
  readonly untuned?: string;
}

/** What to open. */
export interface EngineOptions {
  /** `pjrt`, `cpu` or `tensorflow`. */
  readonly kind: string;
  /** Path of the PJRT plugin, or of the binding of `tensorflow`; both need one. */
  readonly plugin?: string;
  /**
   * Share of a GPU's memory that is taken at once and kept, above 0 and at most 1. Without it, memory
   * is taken as it is needed.
   */
  readonly memory?: number;
  /** Whether a GPU computes the same bits in every run; slower. */
  readonly deterministic?: boolean;
  /**
   * Folder of compiled programs, in which `pjrt` looks before it compiles, and to which it adds what it
   * compiled where the folder can be written. None by default. Programs that were compiled under
   * other `XLA_FLAGS` are not told apart. On a CPU, programs that are kept do not call oneDNN: they
   * are slower, and round differently.
   */
  readonly executables?: string;
  /** What the one who chose the plugin knows: driver and memory of the GPU, the wheel's version. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Told, for a person, of what does not fail but may surprise. */
  readonly onNote?: (text: string) => void;
  /** Told every second which program is compiled and for how long, in seconds. */
  readonly onCompiling?: (program: string, seconds: number) => void;
}

/** Compiles programs and holds values. */
export interface Engine extends Disposable {
  readonly description: EngineDescription;
  /** Compiles a program for this engine. */
  readonly compile: (program: Program) => Promise<Executable>;
  /** Copies host data into the engine; `data` may be reused when this returns. */
  readonly put: (data: PutData, spec: Spec) => Value;
  /**
   * Copies a value to the host; `bool` and `uint8` come back in an `Int32Array`. The value may be
   * disposed of meanwhile.
   */
  readonly read: (value: Value) => Promise<HostData>;
  /** {@linkcode Executable.bytes} of what was compiled, by the programs' names; where it is known. */
  readonly programBytes?: () => Readonly<Record<string, number>>;
  /** Values and executables not yet disposed of: what a leak test counts. */
  readonly live: () => number;
}
