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
  /** What the layer has learned, tensors of one element by name; there if the activation learns. */
  readonly learned?: Readonly<Record<string, Tensor>>;
}

/**
 * How an activation bends: without end (`smooth`), with a second derivative that jumps
 * (`continuously differentiable`), or with a derivative that jumps, between curves (`piecewise smooth`)
 * or straight lines (`piecewise linear`).
 */
export type ActivationKind =
  | "smooth"
  | "continuously differentiable"
  | "piecewise smooth"
  | "piecewise linear";

/** What an activation is made of in one layer: constants, and what was learned. */
export interface ActivationValues<P extends ParameterValues = ParameterValues> {
  readonly parameters: P;
  readonly learned: Readonly<Record<string, number>>;
}

/** The shape of an activation for given values. */
export interface ActivationShape {
  /** Whether it falls nowhere. */
  readonly monotonic: boolean;
  /**
   * The supremum of its second derivative's absolute value, which is the Lipschitz constant of its
   * derivative: infinite if that jumps.
   */
  readonly largestSecondDerivative: number;
}

/** An activation function. */
export interface Activation<P extends ParameterValues = ParameterValues> {
  /** In lower case, with `-` between words. */
  readonly name: string;
  /** As tables and figures write it. */
  readonly title: string;
  /** For all values of its parameters. */
  readonly kind: ActivationKind;
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
   * Initial values of what every layer learns: variables `[1]` that are called so in the layer, such
   * as `weight` in `torch.nn.PReLU`.
   */
  readonly learned?: Readonly<Record<string, number>>;
  /** How it is shaped; read it with {@linkcode activationShape}. */
  shape(values: ActivationValues<P>): ActivationShape;
  /** The function, composed of operations whose gradients of both orders are right. */
  apply(input: ActivationInput<P>): Tensor;
  /**
   * A cheaper form, whose value and first derivative are right to three decimals, for programs whose
   * convolutions round to bfloat16 anyway.
   */
  rounded?(input: ActivationInput<P>): Tensor;
}

/**
 * The shape of an activation.
 *
 * @param values Those by default and, of what is learned, the initial ones where they are not given
 *
 * @example
 * ```ts
 * import { activation } from "./activations/softplus.ts";
 * import { activationShape } from "./activation.ts";
 * console.log(activationShape(activation, { parameters: { beta: 10 } }).largestSecondDerivative); // 2.5
 * ```
 */
export const activationShape = <P extends ParameterValues>(
  activation: Pick<Activation<P>, "shape" | "defaults" | "learned">,
  { parameters = activation.defaults, learned = activation.learned ?? {} }: Partial<
    ActivationValues<P>
  > = {},
): ActivationShape => activation.shape({ parameters, learned });

/** Whether the derivative jumps somewhere, whatever the parameters. */
export const hasKink = ({ kind }: Pick<Activation, "kind">): boolean =>
  kind === "piecewise linear" || kind === "piecewise smooth";
