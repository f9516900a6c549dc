import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import type { Method } from "../method.ts";

/**
 * Input gradient regularisation: cross-entropy + lambda * epsilon * ||grad_x L||_1, the paper's equation
 * (4), with x in pixels in [0, 1], the L1 norm of each sample and the mean over the batch.
 */
export const method: Method<{
  readonly lambda: number;
  /** In pixels in [0, 1], for example 8 / 255. */
  readonly epsilon: number;
  /** Epochs over which lambda rises linearly from 0; 0 for the full lambda from the first step. */
  readonly ramp_epochs: number;
}> = {
  name: "igr",
  title: "IGR",
  source: "Smoothness is All You Need, equation (4); scaled by epsilon as in Rodriguez-Munoz, " +
    "Wang, Torralba, Characterizing model robustness via natural input gradients, 2024",
  training: "regularised",
  parameters: object({
    lambda: number({ min: 0, max: 10_000 }),
    epsilon: number(LIMITS.epsilon),
    ramp_epochs: number({ ...LIMITS.epochs, min: 0 }),
  }),
  defaults: { lambda: 1.5, epsilon: 8 / 255, ramp_epochs: 0 },
  strength: "lambda",
  inputs: ({ ramp_epochs }) => ({ rampEpochs: ramp_epochs }),
  loss({ tf, parameters: { lambda, epsilon }, classify, ramp }, images) {
    // samples are summed, so that the gradient of the sum is each sample's own gradient
    const { value, grad } = tf.valueAndGrad((x) => tf.sum(classify(x as typeof images).losses))(
      images,
    );
    const mean = tf.div(value, images.shape[0]);
    const norm = tf.div(tf.sum(tf.abs(grad)), images.shape[0]);
    const penalty = tf.mul(norm, lambda * epsilon);
    return {
      loss: tf.add(mean, ramp ? tf.mul(penalty, ramp) : penalty),
      crossEntropy: mean,
      inputGradientNorm: norm,
    };
  },
};
