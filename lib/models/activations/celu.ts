import { number, object } from "../../schema.ts";
import type { Activation } from "../activation.ts";
import { celu } from "./_celu.ts";

/** `x` above 0, else `alpha (exp(x / alpha) - 1)`, whose derivative is 1 at 0 for every alpha. */
export const activation: Activation<{ readonly alpha: number }> = {
  name: "celu",
  title: "CELU",
  kind: "continuously differentiable",
  source: "Barron 2017, arXiv:1704.07483; torch.nn.CELU, whose alpha is 1 by default",
  // what lies outside makes second derivatives 0 or infinite in float32
  parameters: object({ alpha: number({ min: 0.001, max: 1_000 }) }),
  defaults: { alpha: 1 },
  meanings: { alpha: "what it falls to below 0" },
  shape: ({ parameters: { alpha } }) => ({
    monotonic: true,
    largestSecondDerivative: 1 / alpha, // just below 0
  }),
  apply: ({ tf, x, parameters: { alpha } }) => celu(tf, x, alpha),
};
