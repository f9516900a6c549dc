/**
 * What a file of `architectures/` holds: one architecture for images of any size and any number of
 * classes.
 *
 * The files are read by commands that print names, so none imports TensorFlow.js: it is handed in.
 *
 * @module
 */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import type { Schema } from "../schema.ts";
import type { Task } from "../task.ts";
import type { convolution, TensorFlow } from "../tensorflow/mod.ts";
import type { ParameterValues } from "./activation.ts";

/** The architecture of a profile that names none. */
export const DEFAULT_ARCHITECTURE = "preact-resnet18";

/** What a variable is, which decides its initial value. */
export type VariableRole = "convolution" | "linear" | "bias" | "scale" | "shift" | "learned";

/** A trained variable. */
export interface Variable {
  /** Layout of this project: `[k, k, I, O]`, `[I, O]` or `[C]`. */
  readonly shape: readonly number[];
  readonly role: VariableRole;
  /** Inputs of one output, for the initial spread. */
  readonly fanIn: number;
}

/** What an activation learns in the layer of a name, as variables. */
export const learnedVariables = (
  layer: string,
  { learned }: Pick<NetworkShape, "learned">,
): Record<string, Variable> =>
  Object.fromEntries(
    learned.map((own) => [`${layer}.${own}`, { shape: [1], role: "learned", fanIn: 1 }]),
  );

/** What the variables of a network depend on. */
export interface NetworkShape<P extends ParameterValues = ParameterValues> extends Task {
  readonly parameters: P;
  /** Names of what each activation learns, `weight` for a PReLU's slope. */
  readonly learned: readonly string[];
}

/** An architecture and what it is for. */
export interface Target extends Task {
  readonly architecture: Architecture;
}

/** What a forward pass is given. */
export interface ForwardInput<P extends ParameterValues = ParameterValues> {
  readonly tf: TensorFlow;
  readonly convolution: typeof convolution;
  readonly parameters: P;
  /** Variables, and in `eval` mode running statistics, by their `state_dict` names. */
  readonly tensors: Tensors;
  /** `[N, H, W, C]`, normalised by the card's mean and standard deviation. */
  readonly images: Tensor4D;
  /** Applies the activation of the layer of a name, one of {@linkcode learnedVariables}. */
  readonly activate: (name: string, x: Tensor) => Tensor;
  /**
   * Applies the batch norm of a name, one of {@linkcode Architecture.batchNorms}, over all axes but the
   * last.
   */
  readonly normalize: (name: string, x: Tensor) => Tensor;
}

/** A network's layers, but for the choice of its activation. */
export interface Architecture<P extends ParameterValues = ParameterValues> {
  /** In lower case, with `-` between words; a model card writes `_` for `-`. */
  readonly name: string;
  /** As captions write it. */
  readonly title: string;
  /** The paper that introduced it, and the implementation whose names and values it has. */
  readonly source: string;
  /** What a profile's `model`, a card and `deno task evaluate` may set, an `object` of fields. */
  readonly parameters: Schema<P>;
  /** Of profiles; a card says all. */
  readonly defaults: P;
  /** What each parameter is, for help texts. */
  readonly meanings: { readonly [parameter in keyof P]: string };
  /** The trained variables in PyTorch's order, by their `state_dict` names. */
  variables(shape: NetworkShape<P>): Record<string, Variable>;
  /** Channels of each batch norm layer, by its name. */
  batchNorms(parameters: P): Record<string, number>;
  /** Logits `[N, classes]`. */
  forward(input: ForwardInput<P>): Tensor2D;
  /**
   * What names and shapes of a `state_dict` say of the parameters; shapes are PyTorch's (OIHW,
   * `[out, in]`).
   */
  infer(shapes: Readonly<Record<string, readonly number[]>>): Partial<P>;
}
