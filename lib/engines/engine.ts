/**
 * What executes numerics: an {@linkcode Engine} compiles a {@linkcode Program} once and runs it many
 * times on values that stay inside the engine.
 *
 * @module
 */
import type { Tensor } from "@tensorflow/tfjs";

/** Element types a program may use. */
export type DType = "float32" | "int32" | "bool";

/** Shape and element type of one tensor. */
export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Tensors by name. */
export type Tensors = Record<string, Tensor>;

/** Elements of a tensor on the host, row major. */
export type HostData = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/**
 * A pure function of named tensors, written in TensorFlow.js operations and without control flow
 * that depends on values. The same program runs compiled (`pjrt`) or eagerly (`tfjs`).
 */
export interface Program {
  /** Shown in errors and progress, for example `igr step`. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, Spec>>;
  /**
   * Inputs given up to an output of the same shape and type: `{ "weights/fc": "weights/fc" }`.
   * After a run the input's {@linkcode Value} is gone.
   */
  readonly donate?: Readonly<Record<string, string>>;
  /** Called once per compilation (`pjrt`) or once per run (`tfjs`). */
  readonly build: (inputs: Tensors) => Tensors;
}

/** A tensor that lives inside an engine. Dispose of it to free its memory. */
export interface Value extends Disposable, Spec {
  /** False once disposed of or donated. */
  readonly alive: boolean;
}

/** Values by name. */
export type Values = Record<string, Value>;

/** A compiled program. */
export interface Executable extends Disposable {
  readonly name: string;
  readonly outputs: Readonly<Record<string, Spec>>;
  /**
   * Runs the program.
   *
   * @throws {TypeError} If an input is missing, unknown, or of another shape or type than declared
   * @throws {Error} If the engine fails; the message carries the engine's own text
   */
  readonly run: (inputs: Values) => Promise<Values>;
}

/** What a run was computed on; recorded as provenance. */
export interface EngineDescription {
  /** `pjrt` or `tfjs`. */
  readonly engine: string;
  /** For example `cpu`, `cuda`, `tensorflow`. */
  readonly platform: string;
  /** Versions and devices by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Compiles programs and holds values. */
export interface Engine extends Disposable {
  readonly description: EngineDescription;
  /** Compiles a program for this engine. */
  readonly compile: (program: Program) => Promise<Executable>;
  /** Copies host data into the engine; `data` may be reused when this returns. */
  readonly put: (data: HostData, spec: Spec) => Value;
  /** Copies a value to the host; `bool` comes back as 0 and 1 in an `Int32Array`. */
  readonly read: (value: Value) => Promise<HostData>;
  /** Values and executables not yet disposed of: what a leak test counts. */
  readonly live: () => number;
}
