import { object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

const SCALE = 1.0507009873554804934193349852946, ALPHA = 1.6732632423543772848170429916717;

/**
 * `scale x` above 0, else `scale alpha (exp(x) - 1)`. Its derivative jumps at 0, from 1.76 to 1.05:
 * among exponential units it is the one with a kink.
 */
export const activation: Activation<Record<never, never>> = {
  name: "selu",
  title: "SELU",
  kind: "piecewise smooth",
  source: "Klambauer et al. 2017, arXiv:1706.02515, equation 2; torch.nn.SELU",
  parameters: object({}),
  defaults: {},
  meanings: {},
  shape: () => ({ monotonic: true, largestSecondDerivative: Infinity }),
  apply({ tf, x }) {
    // 0 is below, as in PyTorch
    const above = tf.step(x), negative = tf.mul(x, tf.sub(1, above));
    const below = tf.mul(tf.sub(tf.exp(negative), 1), SCALE * ALPHA);
    return tf.add(tf.mul(tf.mul(x, above), SCALE), below);
  },
};
