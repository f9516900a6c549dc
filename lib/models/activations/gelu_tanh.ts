import { object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

const FACTOR = Math.sqrt(2 / Math.PI), CUBIC = 0.044715;

/** `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`, which is near GELU. */
export const activation: Activation<Record<never, never>> = {
  name: "gelu-tanh",
  title: "GELU (tanh)",
  kind: "smooth",
  source:
    'Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2; torch.nn.GELU with approximate="tanh"',
  parameters: object({}),
  defaults: {},
  meanings: {},
  shape: () => ({ monotonic: false, largestSecondDerivative: FACTOR }), // at 0
  apply({ tf, x }) {
    const cubic = tf.mul(tf.mul(tf.square(x), x), CUBIC);
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(tf.add(x, cubic), FACTOR)), 1));
  },
};
