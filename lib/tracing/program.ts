/**
 * What is traced and computed: a {@linkcode Program} is a pure function of named tensors. Also the
 * tensors' elements on the host.
 *
 * @module
 */
import type { Tensor } from "@tensorflow/tfjs-core";

/** Element types of a program's inputs and outputs; a `uint8` input is `int32` to the program. */
export type DType = "float32" | "int32" | "bool" | "uint8";

/** Shape and element type of one tensor. */
export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/**
 * How exactly convolutions and matrix products are computed. Everything else, sums inside of products
 * included, is float32 whichever is chosen.
 *
 * - `f32`: float32.
 * - `tf32`: factors of matrix products and convolutions are rounded to 11 significant bits where the
 *   device has fast hardware for that (NVIDIA GPUs since Ampere); `f32` elsewhere.
 * - `bf16`: factors and results of convolutions are rounded to the 8 significant bits of bfloat16.
 */
export type Precision = "f32" | "tf32" | "bf16";

/** Tensors by name. */
export type Tensors = Record<string, Tensor>;

/**
 * A pure function of named tensors, written in TensorFlow.js operations and without control flow
 * that depends on values. The same program runs compiled (`pjrt`) or eagerly (`cpu`, `tensorflow`).
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
  /**
   * How exactly products are computed; `f32` if not given. `{ forward: "f32", gradient: "bf16" }`
   * holds `tf.conv2d` and matrix products at float32 and lets only the convolutions that TensorFlow.js
   * makes for a gradient (`conv2dDerInput`, `conv2dDerFilter`) run faster: a program that returns
   * logits and an input gradient so has exact logits. Engines that run eagerly refuse `bf16`.
   */
  readonly precision?: Precision | {
    readonly forward: Precision;
    readonly gradient: Precision;
  };
  /** Called once per compilation (`pjrt`) or once per run (eager engines). */
  readonly build: (inputs: Tensors) => Tensors;
}

/** Elements of a tensor on the host, row major. */
export type HostData = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** Elements to be copied into an engine; bytes for `uint8`. */
export type PutData = HostData | Uint8Array<ArrayBuffer>;
