/** Labelled images that are augmented on the host, ahead of the engine. @module */
import { setImmediate } from "node:timers";
import type { Engine } from "../engines/engine.ts";
import type { Stream } from "../random/philox.ts";
import { type Augmentation, choiceSize, levels } from "./augmentation.ts";
import { blank, type ByteImage } from "./augmentations/byte_image.ts";
import { randAugment } from "./augmentations/rand_augment.ts";
import { drawCrop, drawErased } from "./augmentations/rectangles.ts";
import { resizedCrop } from "./augmentations/resize.ts";
import type { ByteImages, ImageSource } from "./device_images.ts";

/** Mean and standard deviation of the data by channel, for pixels in [0, 1]. */
interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What batches are made of and how. */
export interface HostOptions {
  readonly batchSize: number;
  readonly augmentation: Augmentation;
  readonly normalisation: Normalisation;
}

/** Milliseconds after which the event loop hears of the engine's ends between two images. */
const TURN = 4;

/**
 * A source that makes batches on the host, in timm's order: crop and flip as chosen, RandomResizedCrop,
 * RandAugment, RandomErasing.
 */
export function hostImages(
  engine: Engine,
  { image, pixels, labels }: ByteImages,
  { batchSize, augmentation, normalisation }: HostOptions,
): ImageSource & Disposable {
  const [height, width, channels] = image, size = height * width * channels;
  let last:
    | { readonly choices: Int32Array; readonly images: Float32Array<ArrayBuffer> }
    | undefined;

  async function make(choices: Int32Array, random: (place: number) => Stream) {
    if (last?.choices === choices) return last.images; // methods repeat batches
    const images = new Float32Array(batchSize * size);
    let turn = performance.now();
    for (let place = 0; place < batchSize; place++) {
      const chosen = choices.subarray(place * choiceSize, (place + 1) * choiceSize);
      const data = pixels.subarray(chosen[0] * size, (chosen[0] + 1) * size);
      const taken = taking({ height, width, channels, data }, chosen);
      images.set(augmented(taken, augmentation, normalisation, random(place)), place * size);
      if (performance.now() - turn < TURN) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      turn = performance.now();
    }
    last = { choices, images };
    return images;
  }

  return {
    count: labels.length,
    batchSize,
    async batch(choices, random) {
      if (!random) throw new TypeError("Cannot augment images on the host without random numbers");
      const data = await make(choices, random);
      const own = Int32Array.from({ length: batchSize }, (_, i) => labels[choices[i * choiceSize]]);
      return {
        outputs: {
          images: engine.put(data, { shape: [batchSize, ...image], dtype: "float32" }),
          labels: engine.put(own, { shape: [batchSize], dtype: "int32" }),
        },
        done: Promise.resolve(),
      };
    },
    [Symbol.dispose]: () => last = undefined,
  };
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
