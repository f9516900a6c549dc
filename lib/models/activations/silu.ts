import { object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

/** `x sigmoid(x)`, also called Swish. */
export const activation: Activation<Record<never, never>> = {
  name: "silu",
  title: "SiLU",
  kind: "smooth",
  source: "Elfwing et al. 2017, arXiv:1702.03118; torch.nn.SiLU",
  parameters: object({}),
  defaults: {},
  meanings: {},
  shape: () => ({ monotonic: false, largestSecondDerivative: 0.5 }), // at 0
  apply: ({ tf, x }) => tf.mul(x, tf.sigmoid(x)),
};
