/** @module */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";
import { choiceSize, levels } from "./augmentation.ts";

/**
 * Takes images from many and augments them; a part of a program.
 *
 * @param pixels All images one after another, row by row, `[M * H * W, C]`, 0 to 255
 * @param choices As from {@linkcode drawChoices}, `[N, choiceSize]`
 * @returns `[N, H, W, C]`, in [0, 1], black where a crop reaches over the border
 */
export function takeImages(
  pixels: Tensor2D,
  choices: Tensor2D,
  [height, width]: readonly [height: number, width: number],
): Tensor4D {
  const count = choices.shape[0], channels = pixels.shape[1];
  const [image, down, right, mirrored] = Array.from(
    { length: choiceSize },
    (_, column) => tf.reshape(tf.slice(choices, [0, column], [count, 1]), [count, 1, 1]),
  );
  const range = (size: number, shape: number[], value = (i: number) => i) =>
    tf.tensor(Int32Array.from({ length: size }, (_, i) => value(i)), shape, "int32");
  const across = [1, 1, width];
  const row = tf.add(range(height, [1, height, 1]), down);
  // a mirrored image has width - 1 - x in the place of x, that is x + (width - 1 - 2 x)
  const flipped = tf.mul(mirrored, range(width, across, (x) => width - 1 - 2 * x));
  const column = tf.add(tf.add(range(width, across), flipped), right);
  const within = (place: Tensor, size: number) =>
    tf.logicalAnd(
      tf.greaterEqual(place, tf.scalar(0, "int32")),
      tf.less(place, tf.scalar(size, "int32")),
    );
  const inside = tf.logicalAnd(within(row, height), within(column, width));
  const above = tf.add(tf.mul(image, tf.scalar(height, "int32")), row);
  const place = tf.add(tf.mul(above, tf.scalar(width, "int32")), column);
  const anywhere = tf.where(inside, place, tf.zerosLike(place));
  const bytes = tf.reshape(
    tf.gather(pixels, tf.reshape(anywhere, [count * height * width])),
    [count, height, width, channels],
  );
  const images = tf.gather(tf.tensor1d(levels), bytes as unknown as Tensor2D);
  return tf.mul(images, tf.cast(tf.expandDims(inside, 3), "float32")) as Tensor4D;
}
