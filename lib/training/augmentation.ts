/**
 * What a recipe may do to images. Pad-and-crop and horizontal flip are drawn on the host, a few numbers
 * an image, and done where the images are; the rest is done on the host.
 *
 * @module
 */
import type { Stream } from "../random/philox.ts";
import type { RandAugment } from "./augmentations/rand_augment.ts";
import type { Range } from "./augmentations/rectangles.ts";

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
