import { LIMITS } from "../../limits.ts";
import { number, object } from "../../schema.ts";
import { crossEntropyLoss } from "../cross_entropy_loss.ts";
import type { Method } from "../method.ts";
import { signStep } from "../sign_step.ts";

/**
 * Fast adversarial training: cross-entropy at one step of the fast gradient sign method from a point that
 * is uniform in the ball.
 */
export const method: Method<{
  /** Radius of the ball, in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Length of the step, 1.25 epsilon in the paper. */
  readonly step_size: number;
}> = {
  name: "fgsm-rs",
  title: "FGSM-RS",
  source: "Wong, Rice, Kolter, Fast is better than free: revisiting adversarial training, 2020, " +
    "algorithm 3",
  training: "single-step",
  parameters: object({ epsilon: number(LIMITS.epsilon), step_size: number({ min: 0, max: 1 }) }),
  defaults: { epsilon: 8 / 255, step_size: 10 / 255 },
  inputs: () => ({ noise: 1 }),
  perturb: ({ parameters, inputGradient, noise, ...context }) =>
    signStep(context, parameters, inputGradient, noise[0]),
  loss: (context, images) => crossEntropyLoss(context, images),
};
