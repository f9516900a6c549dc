import { object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

/** `x` above 0, else `slope x` with a slope that each layer learns. */
export const activation: Activation<Record<never, never>> = {
  name: "prelu",
  title: "PReLU",
  kind: "piecewise linear",
  source: "He et al. 2015, arXiv:1502.01852; torch.nn.PReLU with one slope a layer",
  parameters: object({}),
  defaults: {},
  meanings: {},
  learned: { weight: 0.25 },
  shape: ({ learned: { weight } }) => ({
    monotonic: weight >= 0,
    largestSecondDerivative: weight === 1 ? 0 : Infinity,
  }),
  apply({ tf, x, learned }) {
    // the slope holds at 0 too, as in PyTorch
    const positive = tf.step(x);
    return tf.mul(x, tf.add(positive, tf.mul(learned!.weight, tf.sub(1, positive))));
  },
};
