/** Labelled images that lie in an engine as bytes, from which it takes batches. @module */
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { Engine, Program, Submitted } from "../engines/engine.ts";
import { tf } from "../tensorflow/mod.ts";
import { choiceSize } from "./augmentation.ts";
import { takeImages } from "./take_images.ts";

/** Height, width and channels of an image. */
type Shape = readonly [height: number, width: number, channels: number];

/** Most images of which programs take batches: the places of their pixels are int32. */
export const mostImages = ([height, width]: Shape): number =>
  Math.floor(2 ** 31 / (height * width));

/** Labelled images on the host, as bytes. */
export interface ByteImages {
  readonly image: Shape;
  /** `[N, H, W, C]`, 0 to 255 */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly labels: ArrayLike<number>;
}

/** Names of random numbers, by which any thread can draw them: a stream an image. */
export interface ImageStreams {
  readonly seed: bigint | number;
  /** As `streams` takes it. */
  readonly path: readonly (string | number)[];
  /** Number of the stream of a batch's first image; the others follow. */
  readonly first: number;
}

/** A batch as it is chosen. */
export interface ChosenBatch {
  /** As from `drawChoices`, `[batchSize, choiceSize]` */
  readonly choices: Int32Array<ArrayBuffer>;
  /** For what is done on the host. */
  readonly random?: ImageStreams;
}

/** Where batches come from. */
export interface ImageSource {
  readonly count: number;
  /** Images in every batch. */
  readonly batchSize: number;
  /**
   * A batch of augmented images and their labels, handed to the engine and not waited for:
   * `images` `[batchSize, H, W, C]` in [0, 1] and `labels` int32 `[batchSize]`.
   */
  readonly batch: (chosen: ChosenBatch) => Promise<Submitted>;
  /** Batches that are to be announced before they are asked for, so that they are ready by then; 0 without it. */
  readonly ahead?: number;
  /** Begins with a batch that will be asked for, in the order in which that will be. */
  readonly announce?: (chosen: ChosenBatch) => void;
}

/** Takes a batch from `count` images. */
export function batchProgram(count: number, batchSize: number, image: Shape): Program {
  const [height, width, channels] = image;
  return {
    name: "batch",
    inputs: {
      pixels: { shape: [count * height * width, channels], dtype: "uint8" },
      labels: { shape: [count], dtype: "int32" },
      choices: { shape: [batchSize, choiceSize], dtype: "int32" },
    },
    build({ pixels, labels, choices }) {
      const indices = tf.reshape(tf.slice(choices, [0, 0], [batchSize, 1]), [batchSize]);
      return {
        images: takeImages(pixels as Tensor2D, choices as Tensor2D, [height, width]),
        labels: tf.gather(labels, indices as Tensor1D),
      };
    },
  };
}

/**
 * Copies images into an engine, once; a batch then costs the host four numbers an image.
 *
 * @throws {RangeError} If there are more than {@linkcode mostImages} says
 */
export async function putImages(
  engine: Engine,
  { image, pixels, labels }: ByteImages,
  batchSize: number,
): Promise<ImageSource & Disposable> {
  const count = labels.length, most = mostImages(image);
  if (count > most) {
    throw new RangeError(
      `Cannot train on ${count} images: expected at most ${most}; lower data.train_images`,
    );
  }
  const program = batchProgram(count, batchSize, image);
  const executable = await engine.compile(program);
  const all = {
    pixels: engine.put(pixels, program.inputs.pixels),
    labels: engine.put(Int32Array.from(labels), program.inputs.labels),
  };
  return {
    count,
    batchSize,
    async batch({ choices }) {
      using chosen = engine.put(choices, program.inputs.choices);
      return await executable.submit({ ...all, choices: chosen });
    },
    [Symbol.dispose]() {
      for (const value of Object.values(all)) value[Symbol.dispose]();
      executable[Symbol.dispose]();
    },
  };
}
