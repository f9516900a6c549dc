/** @module */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { StepContext } from "./step_context.ts";

/** How far steps along the sign of a gradient go, and within what; pixels in [0, 1]. */
export interface SignStep {
  /** Radius of the ball around the images, L-infinity. */
  readonly epsilon: number;
  /** Length of a step. */
  readonly step_size: number;
  /** 1 by default, the fast gradient sign method. */
  readonly steps?: number;
}

/**
 * Images that steps along the sign of a gradient lead to, each projected to the ball and to [0, 1].
 *
 * @param context The images, `[N, H, W, C]`, and what is computed with
 * @param gradient Gradient of the loss at a point, by which a step goes
 * @param noise Random start in [-1, 1], of the images' shape; from the images themselves without
 */
export function signStep(
  { tf, images }: Pick<StepContext<unknown>, "tf" | "images">,
  { epsilon, step_size, steps = 1 }: SignStep,
  gradient: (point: Tensor4D) => Tensor,
  noise?: Tensor,
): Tensor4D {
  let point = noise
    ? tf.clipByValue(tf.add(images, tf.mul(noise, epsilon)), 0, 1) as Tensor4D
    : images;
  for (let i = 0; i < steps; i++) {
    const moved = tf.add(point, tf.mul(tf.sign(gradient(point)), step_size));
    const inBall = tf.add(images, tf.clipByValue(tf.sub(moved, images), -epsilon, epsilon));
    point = tf.clipByValue(inBall, 0, 1) as Tensor4D;
  }
  return point;
}
