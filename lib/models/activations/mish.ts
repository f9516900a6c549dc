import { object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

/** `x tanh(softplus(x))`. */
export const activation: Activation<Record<never, never>> = {
  name: "mish",
  title: "Mish",
  kind: "smooth",
  source: "Misra 2019, arXiv:1908.08681; torch.nn.Mish",
  parameters: object({}),
  defaults: {},
  meanings: {},
  // at -0.0879344, found numerically
  shape: () => ({ monotonic: false, largestSecondDerivative: 0.644204637237 }),
  apply: ({ tf, x }) => tf.mul(x, tf.tanh(tf.softplus(x))),
};
