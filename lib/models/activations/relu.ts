import { object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

/** `max(x, 0)`, whose derivative at 0 is 0. */
export const activation: Activation<Record<never, never>> = {
  name: "relu",
  title: "ReLU",
  kind: "piecewise linear",
  source: "Nair and Hinton 2010; torch.nn.ReLU",
  parameters: object({}),
  defaults: {},
  meanings: {},
  shape: () => ({ monotonic: true, largestSecondDerivative: Infinity }),
  apply: ({ tf, x }) => tf.relu(x),
};
