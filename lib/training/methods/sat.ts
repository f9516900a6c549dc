import { LIMITS } from "../../limits.ts";
import { number, object, oneOf } from "../../schema.ts";
import { crossEntropyLoss } from "../cross_entropy_loss.ts";
import type { Method } from "../method.ts";
import { signStep } from "../sign_step.ts";
import type { PassOptions } from "../step_context.ts";

interface Parameters {
  /** Radius of the ball, in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Length of the step, in pixels in [0, 1]. */
  readonly step_size: number;
  /** The backward passes that are smooth: that of the attack, that of the weights' update. */
  readonly smooth: "none" | "attack" | "update" | "both";
  /** Of Parametric Softplus in them, alpha in the paper. */
  readonly sharpness: number;
}

/** How the passes for a purpose are run. */
const passOf = ({ smooth, sharpness }: Parameters, purpose: "attack" | "update"): PassOptions =>
  smooth === purpose || smooth === "both" ? { smoothBackward: sharpness } : {};

/**
 * Smooth adversarial training: one step of the fast gradient sign method from a random start, by smooth
 * gradients.
 *
 * With a smooth activation it is the paper's training with smooth forward and backward passes. With one
 * that is piecewise linear, the forward passes are its own and the derivative of Parametric Softplus is
 * in its place in the backward passes that `smooth` names, as in the paper's section 3 for ReLU. The
 * step is epsilon long, as in the paper's PGD-1.
 */
export const method: Method<Parameters> = {
  name: "sat",
  title: "SAT",
  source: "Xie, Tan, Gong, Yuille, Le, Smooth adversarial training, 2020, section 3",
  training: "single-step",
  parameters: object({
    epsilon: number(LIMITS.epsilon),
    step_size: number({ min: 0, max: 1 }),
    smooth: oneOf("none", "attack", "update", "both"),
    sharpness: number({ min: 0.001, max: 1_000 }),
  }),
  defaults: { epsilon: 8 / 255, step_size: 8 / 255, smooth: "both", sharpness: 10 },
  inputs: () => ({ noise: 1 }),
  perturb: ({ parameters, inputGradient, noise: [noise], ...context }) =>
    signStep(
      context,
      parameters,
      (point) => inputGradient(point, passOf(parameters, "attack")),
      noise,
    ),
  loss: (context, images) =>
    crossEntropyLoss(context, images, passOf(context.parameters, "update")),
};
