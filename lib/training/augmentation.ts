/**
 * What a recipe may do to images. Pad-and-crop and horizontal flip are drawn on the host, a few numbers
 * an image, and done where the images are; the rest is done on the host.
 *
 * @module
 */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Stream } from "../random/philox.ts";
import type { RandAugment } from "./augmentations/rand_augment.ts";
import type { Range } from "./augmentations/rectangles.ts";
import { tf } from "../tensorflow/mod.ts";

/** Which augmentations apply. */
export interface Augmentation {
  /** Black pixels added on every side before a random crop to the old size; 0 for none. */
  readonly crop_padding: number;
  /** Mirror half of the images from left to right. */
  readonly flip: boolean;
  /** A random part of the image, resized to the whole. */
  readonly random_resized_crop?: Range;
  readonly rand_augment?: RandAugment;
  /** A random rectangle filled with normal noise of the data's mean and deviation. */
  readonly random_erasing?: { readonly probability: number };
}

/** Whether images are augmented by what is done on the host alone. */
export const isOnHost = (
  { random_resized_crop, rand_augment, random_erasing }: Augmentation,
): boolean => [random_resized_crop, rand_augment, random_erasing].some((it) => it !== undefined);

/** Numbers that choose an image: which one, how far the crop lies down and right, mirrored or not. */
export const choiceSize = 4;

/**
 * Draws how each image of a batch is augmented.
 *
 * @param indices Images in the order of the batch
 * @returns `[indices.length, choiceSize]`
 */
export function drawChoices(
  indices: ArrayLike<number>,
  { crop_padding, flip }: Augmentation,
  random: Pick<Stream, "integer">,
): Int32Array<ArrayBuffer> {
  const choices = new Int32Array(indices.length * choiceSize);
  const offset = () => crop_padding ? random.integer(2 * crop_padding + 1) - crop_padding : 0;
  for (let i = 0; i < indices.length; i++) {
    choices.set([indices[i], offset(), offset(), flip ? random.integer(2) : 0], i * choiceSize);
  }
  return choices;
}

/** Choices of images as they are. */
export const plainChoices = (indices: ArrayLike<number>): Int32Array<ArrayBuffer> =>
  drawChoices(indices, { crop_padding: 0, flip: false }, { integer: () => 0 });

/** Bytes to what programs compute on, by the division of `toImages`; compilers divide inexactly. */
export const levels = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

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
