/** What is done to images on the host, the same in whatever thread. @module */
import { type Stream, streams } from "../random/philox.ts";
import { type Augmentation, choiceSize, levels } from "./augmentation.ts";
import { blank, type ByteImage } from "./augmentations/byte_image.ts";
import { randAugment } from "./augmentations/rand_augment.ts";
import { drawCrop, drawErased } from "./augmentations/rectangles.ts";
import { resizedCrop } from "./augmentations/resize.ts";
import type { ChosenBatch, ImageStreams } from "./device_images.ts";

/** Mean and standard deviation of the data by channel, for pixels in [0, 1]. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What all batches of a training have in common. */
export interface AugmentSetting {
  /** Height, width and channels. */
  readonly image: readonly [height: number, width: number, channels: number];
  readonly augmentation: Augmentation;
  readonly normalisation: Normalisation;
}

/** The images of one batch as they are, and how they are augmented. */
export interface ByteBatch extends ChosenBatch {
  /** `[N, H, W, C]`, 0 to 255, in the order of the choices */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly random: ImageStreams;
}

/**
 * Augments a batch in timm's order: crop and flip as chosen, RandomResizedCrop, RandAugment,
 * RandomErasing. Stops after each image, so that a thread with other work can turn to it.
 *
 * @returns `[N, H, W, C]`, as of {@linkcode augmented}
 */
export function* augmentBatch(
  { image: [height, width, channels], augmentation, normalisation }: AugmentSetting,
  { pixels, choices, random: { seed, path, first } }: ByteBatch,
): Generator<void, Float32Array<ArrayBuffer>> {
  const size = height * width * channels, count = choices.length / choiceSize;
  const random = streams(seed, ...path), images = new Float32Array(count * size);
  for (let place = 0; place < count; place++) {
    const data = pixels.subarray(place * size, (place + 1) * size);
    const chosen = choices.subarray(place * choiceSize, (place + 1) * choiceSize);
    const taken = taking({ height, width, channels, data }, chosen);
    images.set(augmented(taken, augmentation, normalisation, random(first + place)), place * size);
    yield;
  }
  return images;
}

/** An image cropped and mirrored as `takeImages` does it in an engine. */
function taking(image: ByteImage, [, down, right, mirrored]: Int32Array): ByteImage {
  if (down === 0 && right === 0 && mirrored === 0) return image;
  const { height, width, channels, data } = image, out = blank(image);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const row = y + down, column = (mirrored ? width - 1 - x : x) + right;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      const from = (row * width + column) * channels, to = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) out.data[to + c] = data[from + c];
    }
  }
  return out;
}

/**
 * An image as a step takes it.
 *
 * @returns `[height, width, channels]`, in [0, 1] but for what is erased: noise with the mean and
 * deviation of the data, as timm's of mode `pixel` is behind its normalisation
 */
export function augmented(
  image: ByteImage,
  { random_resized_crop, rand_augment, random_erasing }: Augmentation,
  { mean, std }: Normalisation,
  random: Stream,
): Float32Array {
  let changed = image;
  if (random_resized_crop) {
    changed = resizedCrop(changed, drawCrop(random_resized_crop, image, random), image);
  }
  if (rand_augment) {
    const fill = mean.map((value) => Math.min(255, Math.round(255 * value)));
    changed = randAugment(changed, rand_augment, fill, random);
  }
  const pixels = new Float32Array(changed.data.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = levels[changed.data[i]];
  if (!random_erasing || random.uniform() >= random_erasing.probability) return pixels;
  const { top = 0, left = 0, height = 0, width = 0 } = drawErased(image, random) ?? {};
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) {
      const at = (y * image.width + x) * image.channels;
      for (let c = 0; c < image.channels; c++) pixels[at + c] = mean[c] + std[c] * random.normal();
    }
  }
  return pixels;
}
