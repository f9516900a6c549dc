/**
 * What a file of `activations/` holds: one activation function, all that is said of it, and what it
 * learns.
 *
 * The files are read by commands that print names, so none imports TensorFlow.js: it is handed in.
 *
 * @module
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Schema } from "../schema.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";

/** Values of an activation's or an architecture's parameters, by name. */
export type ParameterValues = Readonly<Record<string, number | string | boolean>>;

/** The key of a profile's `model` for a parameter of an activation: `softplus_beta`. */
export const parameterKey = (activation: string, parameter: string): string =>
  `${activation.replaceAll("-", "_")}_${parameter}`;

/** What an activation is applied to. */
export interface ActivationInput<P extends ParameterValues = ParameterValues> {
  readonly tf: TensorFlow;
  /** Of any shape. */
  readonly x: Tensor;
  readonly parameters: P;
  /** The layer's learned slope, a tensor of one element; there if the activation has a `slope`. */
  readonly slope?: Tensor;
}

/** An activation function. */
export interface Activation<P extends ParameterValues = ParameterValues> {
  /** In lower case, with `-` between words. */
  readonly name: string;
  /** As tables and figures write it. */
  readonly title: string;
  /** Figures draw lines of piecewise linear activations dashed. */
  readonly kind: "smooth" | "piecewise linear";
  /** The paper that introduced it, and the implementation whose values it has. */
  readonly source: string;
  /**
   * Constants that a profile or a model card may set, an `object` of fields. A profile has the key
   * {@linkcode parameterKey} in `model`, a card and `deno task evaluate` have the parameter by its own name.
   */
  readonly parameters: Schema<P>;
  readonly defaults: P;
  /** What each parameter is, for help texts. */
  readonly meanings: { readonly [parameter in keyof P]: string };
  /**
   * Initial value of a slope that every layer learns: a variable `[1]` that is called `weight` in the
   * layer, as `torch.nn.PReLU` has it.
   */
  readonly slope?: number;
  /** The function, composed of operations whose gradients of both orders are right. */
  apply(input: ActivationInput<P>): Tensor;
  /**
   * A cheaper form, whose value and first derivative are right to three decimals, for programs whose
   * convolutions round to bfloat16 anyway.
   */
  rounded?(input: ActivationInput<P>): Tensor;
}
