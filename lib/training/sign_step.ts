/** @module */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { StepContext } from "./method.ts";

/** How far a step of the fast gradient sign method goes, and within what; pixels in [0, 1]. */
export interface SignStep {
  /** Radius of the ball around the images, L-infinity. */
  readonly epsilon: number;
  /** Length of the step. */
  readonly step_size: number;
}

/**
 * Images one step of the fast gradient sign method away, inside the ball and [0, 1].
 *
 * @param context The images, `[N, H, W, C]`, and what is computed with
 * @param gradient Gradient of the loss at a point, by which the step goes
 * @param noise Random start in [-1, 1], of the images' shape; from the images themselves without
 */
export function signStep(
  { tf, images }: Pick<StepContext<unknown>, "tf" | "images">,
  { epsilon, step_size }: SignStep,
  gradient: (point: Tensor4D) => Tensor,
  noise?: Tensor,
): Tensor4D {
  const start = noise
    ? tf.clipByValue(tf.add(images, tf.mul(noise, epsilon)), 0, 1) as Tensor4D
    : images;
  const moved = tf.add(start, tf.mul(tf.sign(gradient(start)), step_size));
  const inBall = tf.add(images, tf.clipByValue(tf.sub(moved, images), -epsilon, epsilon));
  return tf.clipByValue(inBall, 0, 1) as Tensor4D;
}
