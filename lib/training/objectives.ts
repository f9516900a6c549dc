/**
 * What a step computes of its objective: loss, gradients of all weights, and what is reported.
 *
 * @module
 */
import type { Scalar, Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import { logSoftmax, tf } from "../tensorflow/mod.ts";
import type { Objective } from "./method.ts";
import type { Classified, PassOptions, StepContext } from "./step_context.ts";

/** A network as an objective sees it: one forward pass and the statistics it leaves. */
export type Pass = (weights: Tensors, images: Tensor4D, options?: PassOptions) => {
  /** `[N, classes]` */
  readonly logits: Tensor2D;
  readonly batchStatistics: Tensors;
};

/** Cross-entropy of each sample, `[N]`, for one-hot labels `[N, classes]`. */
export const crossEntropy = (logits: Tensor2D, labels: Tensor2D): Tensor =>
  tf.neg(tf.sum(tf.mul(logSoftmax(logits), labels), 1));

/** What an objective is evaluated on. */
export interface ObjectiveInputs {
  readonly pass: Pass;
  /** Trained variables by name. */
  readonly weights: Tensors;
  /** `[N, H, W, C]`, pixels in [0, 1]. */
  readonly images: Tensor4D;
  /** One-hot, `[N, classes]`. */
  readonly labels: Tensor2D;
  /** As many arrays of random numbers in [-1, 1) as the objective asks for, of the images' shape. */
  readonly noise?: readonly Tensor4D[];
  /** A scalar in [0, 1], where the objective asks for it. */
  readonly ramp?: Tensor;
  /** What the objective keeps from step to step. */
  readonly state?: Tensors;
}

/** What one evaluation of an objective yields. */
export interface Evaluated {
  /** Mean over the batch of all that is minimised. */
  readonly loss: Scalar;
  /** Mean cross-entropy of the images that were classified: adversarial ones in adversarial training. */
  readonly crossEntropy: Scalar;
  /** Mean over the batch of ||grad_x L||_1; 0 where the method does not compute it. */
  readonly inputGradientNorm: Scalar;
  /** Images of the batch that were classified as labelled. */
  readonly correct: Scalar;
  readonly gradients: Tensors;
  /** Batch statistics of each forward pass in the order in which they were run. */
  readonly batchStatistics: readonly Tensors[];
  /** What the objective keeps for the next step. */
  readonly state: Tensors;
}

/** How many of the logits `[N, classes]` have their maximum at the label. */
function countCorrect(logits: Tensor2D, labels: Tensor2D): Scalar {
  const highest = tf.max(logits, 1), own = tf.sum(tf.mul(logits, labels), 1);
  return tf.sum(tf.cast(tf.greaterEqual(own, highest), "float32")) as Scalar;
}

/** Evaluates an objective and its gradient with respect to every weight. */
export function evaluateObjective(objective: Objective, inputs: ObjectiveInputs): Evaluated {
  const { pass, weights, images, labels, noise = [], ramp, state = {} } = inputs;
  const names = Object.keys(weights);
  const passes: Tensors[] = [], kept: Record<string, Scalar> = {};
  let next: Tensors = {};
  const wrong = `Cannot train by "${objective.name}": its loss classifies`;
  /** Lets tensors outlive the function that is differentiated. */
  const keep = (tensors: Tensors): Tensors =>
    Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, tf.keep(t)]));
  /** Hands a kept tensor on to the caller's scope. */
  const own = <T extends Tensor>(tensor: T): T => {
    const copy = tf.clone(tensor);
    tensor.dispose();
    return copy;
  };
  const context = (tensors: Tensors, constants: Tensors): StepContext<undefined> => {
    const logits = (x: Tensor4D, options?: PassOptions) => {
      const { logits, batchStatistics } = pass(tensors, x, options);
      passes.push(keep(batchStatistics));
      return logits;
    };
    const losses = (logits: Tensor2D) => crossEntropy(logits, labels);
    const evaluate = (x: Tensor4D): Classified => {
      const found = logits(x);
      return { logits: found, losses: losses(found) };
    };
    return {
      ...{ tf, parameters: undefined, images, labels, noise, state, constants, logits, losses },
      ...ramp && { ramp },
      classify(x, options) {
        if (kept.correct) throw new TypeError(`${wrong} more than one set of images`);
        const found = logits(x, options);
        kept.correct = tf.keep(countCorrect(found, labels));
        return { logits: found, losses: losses(found) };
      },
      inputGradient: (point, options) =>
        tf.grad((x) => tf.sum(losses(logits(x as Tensor4D, options))))(point) as Tensor4D,
      differentiate(point, pass = evaluate) {
        let found!: Classified;
        const gradient = tf.grad((x) => {
          const { logits, losses } = pass(x as Tensor4D);
          found = { logits: tf.keep(logits), losses: tf.keep(losses) };
          return tf.sum(losses);
        })(point) as Tensor4D;
        return { logits: own(found.logits), losses: own(found.losses), gradient };
      },
    };
  };

  const constants = objective.constants?.(context(weights, {})) ?? {};
  const input = (objective.perturb?.(context(weights, constants)) ?? images) as Tensor4D;
  const { value, grads } = tf.valueAndGrads((...list: Tensor[]) => {
    const given = Object.fromEntries(names.map((name, i) => [name, list[i]]));
    const { loss, crossEntropy, inputGradientNorm, state = {} } = objective.loss(
      context(given, constants),
      input,
    );
    if (!kept.correct) throw new TypeError(`${wrong} no images`);
    kept.crossEntropy = tf.keep(crossEntropy as Scalar);
    kept.inputGradientNorm = tf.keep((inputGradientNorm ?? tf.scalar(0)) as Scalar);
    next = keep(state);
    return loss as Scalar;
  })(names.map((name) => weights[name]));

  const ownAll = (tensors: Tensors): Tensors =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, own(tensor)]));
  return {
    loss: value,
    crossEntropy: own(kept.crossEntropy),
    inputGradientNorm: own(kept.inputGradientNorm),
    correct: own(kept.correct),
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]])),
    batchStatistics: passes.map(ownAll),
    state: ownAll(next),
  };
}
