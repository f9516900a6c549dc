import { object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

/**
 * `x (sigmoid(|alpha| x) - |beta|) / (1 - |beta|)` with an alpha and a beta that each layer learns;
 * the paper has one pair for the whole network. It begins as SiLU.
 */
export const activation: Activation<Record<never, never>> = {
  name: "pssilu",
  title: "PSSiLU",
  kind: "smooth",
  source: "Dai, Mahloujifar, Mittal 2021, arXiv:2110.05626; RobustBench, " +
    "paf_wide_resnet.py, whose initial values these are",
  parameters: object({}),
  defaults: {},
  meanings: {},
  learned: { alpha: 1, beta: 1e-8 },
  shape: ({ learned: { alpha, beta } }) => ({
    monotonic: false,
    largestSecondDerivative: Math.abs(alpha) / 2 / Math.abs(1 - Math.abs(beta)), // at 0
  }),
  apply({ tf, x, learned }) {
    const alpha = tf.abs(learned!.alpha), beta = tf.abs(learned!.beta);
    const shifted = tf.sub(tf.sigmoid(tf.mul(x, alpha)), beta);
    return tf.div(tf.mul(x, shifted), tf.sub(1, beta));
  },
};
