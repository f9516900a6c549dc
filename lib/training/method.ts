/**
 * What a training method is: how a step makes the images that it trains on, and what it minimises.
 *
 * A method is one file of `lib/training/methods/` that exports `method`. It imports no numerics: a
 * step hands it `tf`, so that commands read its name, its parameters and their defaults at no cost.
 *
 * @example
 * ```ts
 * import type { Method } from "./method.ts";
 * import { number, object } from "../schema.ts";
 *
 * // cross-entropy of images with noise in [-epsilon, epsilon]
 * export const method: Method<{ readonly epsilon: number }> = {
 *   name: "noisy",
 *   title: "Noisy",
 *   source: "Bishop, Training with noise is equivalent to Tikhonov regularization, 1995",
 *   training: "plain",
 *   parameters: object({ epsilon: number({ min: 0, max: 1 }) }),
 *   defaults: { epsilon: 8 / 255 },
 *   inputs: () => ({ noise: 1 }),
 *   perturb: ({ tf, parameters, images, noise }) =>
 *     tf.clipByValue(tf.add(images, tf.mul(noise[0], parameters.epsilon)), 0, 1),
 *   loss({ tf, classify }, images) {
 *     const mean = tf.mean(classify(images).losses);
 *     return { loss: mean, crossEntropy: mean };
 *   },
 * };
 * console.assert(method.inputs!(method.defaults).noise === 1);
 * ```
 *
 * @module
 */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import type { Schema } from "../schema.ts";
import type { StepContext } from "./step_context.ts";

/** What a step is given besides weights, images, labels and the learning rate. */
export interface StepInputs {
  /** Arrays of random numbers, each of the images' shape; none by default. */
  readonly noise?: number;
  /** Epochs over which `ramp` rises linearly from 0 to 1; the step has no `ramp` without them. */
  readonly rampEpochs?: number;
  /** Steps in a row that take the same batch; 1 by default. */
  readonly repeats?: number;
}

/** What a step minimises, and what it reports of it. */
export interface Loss {
  /** Mean over the batch, a scalar. */
  readonly loss: Tensor;
  /** Mean cross-entropy of the images that were classified, a scalar. */
  readonly crossEntropy: Tensor;
  /** Mean over the batch of `||grad_x L||_1`, a scalar, where a method has it anyway. */
  readonly inputGradientNorm?: Tensor;
  /** What {@linkcode Method.state} is after the step. */
  readonly state?: Tensors;
}

/** A training method with parameters of one type. */
export interface Method<Parameters = unknown> {
  /** As in profiles and cells, for example `n-fgsm`; its file is `n_fgsm.ts`. */
  readonly name: string;
  /** As in tables and figures, for example `N-FGSM`. */
  readonly title: string;
  /** Where it was published. */
  readonly source: string;
  /**
   * By what it makes models robust: nothing (`plain`), a penalty (`regularised`), or adversarial images
   * of one or of several gradient steps.
   */
  readonly training: "plain" | "regularised" | "single-step" | "multi-step";
  /** Schema of a profile's `methods.<name>`. */
  readonly parameters: Schema<Parameters>;
  /** Values of the parameters that a profile leaves out. */
  readonly defaults: Parameters;
  /** The parameter to lower where training diverges. */
  readonly strength?: keyof Parameters & string;
  /** What its steps are given; nothing by default. */
  readonly inputs?: (parameters: Parameters) => StepInputs;
  /**
   * Shapes of tensors that it keeps from step to step, 0 before the first.
   *
   * @param images Shape of a batch, `[N, H, W, C]`
   */
  readonly state?: (
    parameters: Parameters,
    images: readonly number[],
  ) => Readonly<Record<string, readonly number[]>>;
  /**
   * Tensors that the loss needs and that the weights have no gradient through, such as the gradient at
   * the images. It may take gradients with respect to images.
   */
  readonly constants?: (
    context: Omit<StepContext<Parameters>, "classify" | "constants">,
  ) => Tensors;
  /**
   * Images to train on in the place of `context.images`. Weights have no gradient through it; it may
   * take gradients with respect to images.
   */
  readonly perturb?: (context: Omit<StepContext<Parameters>, "classify">) => Tensor;
  /**
   * What is minimised, differentiated with respect to the weights. It may take gradients with respect
   * to images, which are differentiated once more.
   *
   * @param images Those of `perturb`, or the batch's own
   */
  readonly loss: (context: StepContext<Parameters>, images: Tensor4D) => Loss;
}

/** What a model is trained to minimise: a method with its parameters. */
export interface Objective extends Pick<Method, "name" | "title"> {
  /** Where the method asks for none of something, 0 or 1. */
  readonly inputs: Required<StepInputs>;
  readonly state: (images: readonly number[]) => Readonly<Record<string, readonly number[]>>;
  readonly constants?: (
    context: Omit<StepContext<undefined>, "classify" | "constants">,
  ) => Tensors;
  readonly perturb?: (context: Omit<StepContext<undefined>, "classify">) => Tensor;
  readonly loss: (context: StepContext<undefined>, images: Tensor4D) => Loss;
  /** What to lower where training diverges, besides the learning rate: `methods.igr.lambda`. */
  readonly strength?: string;
}

/** Binds a method to its parameters. */
export function objectiveOf<Parameters>(
  method: Method<Parameters>,
  parameters: NoInfer<Parameters>,
): Objective {
  const { name, title, strength, inputs, state, constants, perturb, loss } = method;
  return {
    name,
    title,
    ...strength === undefined ? {} : { strength: `methods.${name}.${strength}` },
    inputs: { noise: 0, rampEpochs: 0, repeats: 1, ...inputs?.(parameters) },
    state: (images) => state?.(parameters, images) ?? {},
    ...constants && { constants: (context) => constants({ ...context, parameters }) },
    ...perturb && { perturb: (context) => perturb({ ...context, parameters }) },
    loss: (context, images) => loss({ ...context, parameters }, images),
  };
}
