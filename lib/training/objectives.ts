/**
 * Training objectives: natural, input gradient regularisation (IGR) and FGSM adversarial training.
 *
 * @module
 */
import type { Scalar, Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import { logSoftmax, tf } from "../tensorflow/mod.ts";

/** What a model is trained to minimise. */
export type Objective =
  | { readonly kind: "natural" }
  | {
    /**
     * Cross-entropy + lambda * epsilon * ||grad_x L||_1, the paper's equation (4): x in pixels in
     * [0, 1], L1 per sample, mean over the batch (scaling by epsilon as Rodriguez-Munoz et al. 2024).
     */
    readonly kind: "igr";
    readonly lambda: number;
    /** In pixels in [0, 1], for example 8 / 255. */
    readonly epsilon: number;
    /** Epochs over which lambda rises linearly from 0; 0 for the full lambda from the first step. */
    readonly ramp_epochs?: number;
  }
  | {
    /** Cross-entropy at x + delta, delta one step of the fast gradient sign method: equation (3). */
    readonly kind: "fgsm";
    readonly epsilon: number;
    /** Length of the step; epsilon from zero, 1.25 epsilon from a random start (Wong et al. 2020). */
    readonly step_size: number;
    readonly start: "zero" | "random";
  };

/** A network as an objective sees it: one forward pass and the statistics it leaves. */
export type Network = (weights: Tensors, images: Tensor4D) => {
  readonly logits: Tensor2D;
  readonly batchStatistics: Tensors;
};

/** Cross-entropy of each sample, `[N]`, for one-hot labels `[N, classes]`. */
export const crossEntropy = (logits: Tensor2D, labels: Tensor2D): Tensor =>
  tf.neg(tf.sum(tf.mul(logSoftmax(logits), labels), 1));

/** What one evaluation of an objective yields. */
export interface Evaluated {
  /** Mean over the batch of all that is minimised. */
  readonly loss: Scalar;
  /** Mean cross-entropy of the images that were classified: adversarial ones under `fgsm`. */
  readonly crossEntropy: Scalar;
  /** Mean over the batch of ||grad_x L||_1; 0 unless `igr`. */
  readonly inputGradientNorm: Scalar;
  /** Images of the batch that were classified as labelled. */
  readonly correct: Scalar;
  readonly gradients: Tensors;
  /** Batch statistics of each forward pass in the order in which they were run. */
  readonly batchStatistics: readonly Tensors[];
}

/** How many of the logits `[N, classes]` have their maximum at the label. */
function countCorrect(logits: Tensor2D, labels: Tensor2D): Scalar {
  const highest = tf.max(logits, 1), own = tf.sum(tf.mul(logits, labels), 1);
  return tf.sum(tf.cast(tf.greaterEqual(own, highest), "float32")) as Scalar;
}

/**
 * Images one FGSM step away, inside the ball and [0, 1].
 *
 * @param noise Random start in [-1, 1], `[N, 32, 32, 3]`, or `undefined` to start from zero
 * @param gradient Gradient of the loss at a point, by which the step goes
 */
export function fgsmStep(
  images: Tensor4D,
  { epsilon, step_size }: { epsilon: number; step_size: number },
  gradient: (point: Tensor4D) => Tensor,
  noise?: Tensor,
): Tensor4D {
  const start = noise
    ? tf.clipByValue(tf.add(images, tf.mul(noise, epsilon)), 0, 1) as Tensor4D
    : images;
  const moved = tf.add(start, tf.mul(tf.sign(gradient(start)), step_size));
  const inBall = tf.add(images, tf.clipByValue(tf.sub(moved, images), -epsilon, epsilon));
  return tf.clipByValue(inBall, 0, 1) as Tensor4D;
}

/**
 * Evaluates an objective and its gradient with respect to every weight.
 *
 * @param weights Trained variables by name
 * @param images `[N, 32, 32, 3]`, pixels in [0, 1]
 * @param labels One-hot, `[N, classes]`
 * @param noise Needed by `fgsm` with a random start
 * @param ramp Share of lambda, a scalar; needed by `igr` with `ramp_epochs`
 */
export function evaluateObjective(
  objective: Objective,
  network: Network,
  weights: Tensors,
  images: Tensor4D,
  labels: Tensor2D,
  noise?: Tensor,
  ramp?: Tensor,
): Evaluated {
  const names = Object.keys(weights), count = images.shape[0];
  const passes: Tensors[] = [];
  const kept: Record<string, Tensor> = {};
  /** Lets a tensor outlive the function that is differentiated. */
  const keep = (name: string, tensor: Tensor) => kept[name] = tf.keep(tensor);
  const run = (tensors: Tensors, x: Tensor4D) => {
    const { logits, batchStatistics } = network(tensors, x);
    passes.push(
      Object.fromEntries(
        Object.entries(batchStatistics).map(([name, t]) => [name, tf.keep(t)]),
      ),
    );
    return logits;
  };
  const summed = (tensors: Tensors, x: Tensor4D) =>
    tf.sum(crossEntropy(run(tensors, x), labels)) as Scalar;

  let input = images;
  if (objective.kind === "fgsm") {
    const gradient = (point: Tensor4D) =>
      tf.grad((x) => summed(weights, x as Tensor4D))(point) as Tensor;
    input = fgsmStep(images, objective, gradient, noise);
  }

  const { value, grads } = tf.valueAndGrads((...list: Tensor[]) => {
    const tensors = Object.fromEntries(names.map((name, i) => [name, list[i]]));
    const first = (x: Tensor4D) => {
      const logits = run(tensors, x);
      keep("correct", countCorrect(logits, labels));
      return tf.sum(crossEntropy(logits, labels)) as Scalar;
    };
    if (objective.kind !== "igr") {
      const mean = tf.div(first(input), count);
      keep("crossEntropy", mean);
      keep("inputGradientNorm", tf.scalar(0));
      return mean as Scalar;
    }
    // samples are summed, so that the gradient of the sum is each sample's own gradient
    const { value, grad } = tf.valueAndGrad((x) => first(x as Tensor4D))(input);
    const mean = tf.div(value, count);
    const norm = tf.div(tf.sum(tf.abs(grad)), count);
    keep("crossEntropy", mean);
    keep("inputGradientNorm", norm);
    const penalty = tf.mul(norm, objective.lambda * objective.epsilon);
    return tf.add(mean, ramp ? tf.mul(penalty, ramp) : penalty) as Scalar;
  })(names.map((name) => weights[name]));

  // hand everything on to the caller's scope, which frees what was kept here
  const own = <T extends Tensor>(tensor: T): T => {
    const copy = tf.clone(tensor);
    tensor.dispose();
    return copy;
  };
  return {
    loss: value,
    crossEntropy: own(kept.crossEntropy as Scalar),
    inputGradientNorm: own(kept.inputGradientNorm as Scalar),
    correct: own(kept.correct as Scalar),
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]])),
    batchStatistics: passes.map((pass) =>
      Object.fromEntries(Object.entries(pass).map(([name, tensor]) => [name, own(tensor)]))
    ),
  };
}
