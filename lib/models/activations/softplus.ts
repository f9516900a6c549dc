import { number, object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

/** `log(1 + exp(beta x)) / beta`, which comes to ReLU as beta grows. */
export const activation: Activation<{ readonly beta: number }> = {
  name: "softplus",
  title: "Softplus",
  kind: "smooth",
  source: "Dugas et al. 2001; torch.nn.Softplus, whose beta is 1 by default",
  // what lies outside makes second derivatives 0 or infinite in float32
  parameters: object({ beta: number({ min: 0.001, max: 1_000 }) }),
  defaults: { beta: 1 },
  meanings: { beta: "sharpness" },
  shape: ({ parameters: { beta } }) => ({ monotonic: true, largestSecondDerivative: beta / 4 }), // at 0
  apply: ({ tf, x, parameters: { beta } }) =>
    beta === 1 ? tf.softplus(x) : tf.div(tf.softplus(tf.mul(x, beta)), beta),
};
