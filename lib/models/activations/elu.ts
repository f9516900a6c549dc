import { object } from "../../schema.ts";
import type { Activation } from "../activation.ts";
import { celu } from "./_celu.ts";

/** `x` above 0, else `exp(x) - 1`. CELU is what it is with another alpha and no kink. */
export const activation: Activation<Record<never, never>> = {
  name: "elu",
  title: "ELU",
  kind: "continuously differentiable",
  source: "Clevert et al. 2015, arXiv:1511.07289; torch.nn.ELU with alpha 1",
  parameters: object({}),
  defaults: {},
  meanings: {},
  shape: () => ({ monotonic: true, largestSecondDerivative: 1 }), // just below 0
  apply: ({ tf, x }) => celu(tf, x, 1),
};
