import { LIMITS } from "../../limits.ts";
import { number, object, oneOf } from "../../schema.ts";
import { crossEntropyLoss } from "../cross_entropy_loss.ts";
import type { Method } from "../method.ts";
import { signStep } from "../sign_step.ts";

/**
 * Adversarial training with the fast gradient sign method: cross-entropy at x + delta, delta one step,
 * the paper's equation (3).
 */
export const method: Method<{
  /** Radius of the ball, in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Length of the step; epsilon from zero, 1.25 epsilon from a random start (Wong et al. 2020). */
  readonly step_size: number;
  readonly start: "zero" | "random";
}> = {
  name: "fgsm",
  title: "FGSM",
  source:
    "Goodfellow, Shlens, Szegedy, Explaining and harnessing adversarial examples, 2015; from " +
    "a random start Wong, Rice, Kolter, Fast is better than free, 2020",
  training: "single-step",
  parameters: object({
    epsilon: number(LIMITS.epsilon),
    step_size: number({ min: 0, max: 1 }),
    start: oneOf("zero", "random"),
  }),
  defaults: { epsilon: 8 / 255, step_size: 8 / 255, start: "zero" },
  inputs: ({ start }) => ({ noise: start === "random" ? 1 : 0 }),
  perturb: ({ parameters, inputGradient, noise, ...context }) =>
    signStep(context, parameters, inputGradient, noise[0]),
  loss: (context, images) => crossEntropyLoss(context, images),
};
