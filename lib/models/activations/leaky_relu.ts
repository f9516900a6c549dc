import { number, object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

/** `x` above 0, else `negative_slope x`, which is the derivative at 0, too. */
export const activation: Activation<{ readonly negative_slope: number }> = {
  name: "leaky-relu",
  title: "LeakyReLU",
  kind: "piecewise linear",
  source: "Maas et al. 2013; torch.nn.LeakyReLU, whose negative_slope is 0.01 by default",
  parameters: object({ negative_slope: number({ min: 0, max: 1 }) }),
  defaults: { negative_slope: 0.01 },
  meanings: { negative_slope: "slope below 0" },
  shape: ({ parameters: { negative_slope } }) => ({
    monotonic: true,
    largestSecondDerivative: negative_slope === 1 ? 0 : Infinity,
  }),
  apply({ tf, x, parameters: { negative_slope } }) {
    const positive = tf.step(x);
    return tf.mul(x, tf.add(positive, tf.mul(tf.sub(1, positive), negative_slope)));
  },
};
