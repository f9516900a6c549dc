import { LIMITS } from "../../limits.ts";
import { number, object, oneOf } from "../../schema.ts";
import { crossEntropyLoss } from "../cross_entropy_loss.ts";
import type { Method } from "../method.ts";
import { signStep } from "../sign_step.ts";

/**
 * Adversarial training with projected gradient descent: cross-entropy at the last of several sign steps,
 * each projected to the ball.
 *
 * Seven steps of 2/255 from a random start are Madry et al.'s for CIFAR-10. The compiled step holds one
 * forward and backward pass for each of them.
 */
export const method: Method<{
  /** Radius of the ball, in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Length of a step, in pixels in [0, 1]. */
  readonly step_size: number;
  readonly steps: number;
  readonly start: "zero" | "random";
}> = {
  name: "pgd",
  title: "PGD",
  source: "Madry, Makelov, Schmidt, Tsipras, Vladu, Towards deep learning models resistant to " +
    "adversarial attacks, 2018",
  training: "multi-step",
  parameters: object({
    epsilon: number(LIMITS.epsilon),
    step_size: number({ min: 0, max: 1 }),
    steps: number(LIMITS.trainingAttackSteps),
    start: oneOf("zero", "random"),
  }),
  defaults: { epsilon: 8 / 255, step_size: 2 / 255, steps: 7, start: "random" },
  inputs: ({ start }) => ({ noise: start === "random" ? 1 : 0 }),
  perturb: ({ parameters, inputGradient, noise, ...context }) =>
    signStep(context, parameters, inputGradient, noise[0]),
  loss: (context, images) => crossEntropyLoss(context, images),
};
