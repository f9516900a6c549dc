/**
 * CIFAR-10's official binary layout: records of one label byte and 3,072 pixel bytes, 1,024 each of
 * red, green and blue, row by row (https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version").
 * Images of another shape have the same layout with planes of their own size and number.
 *
 * @example
 * ```ts
 * import { decodeRecords } from "./records.ts";
 * const { labels, pixels } = decodeRecords(new Uint8Array(2 * 3073), "test_batch.bin");
 * console.assert(labels.length === 2 && pixels.length === 2 * 3072);
 * ```
 *
 * @module
 */
import type { Task } from "../task.ts";
import { CIFAR10_TASK } from "./cifar10_task.ts";

/** Width and height of an image of CIFAR-10 in pixels. */
export const SIDE = 32;
/** Bytes of one image of CIFAR-10: three planes of {@linkcode SIDE} squared. */
export const IMAGE_BYTES = 3 * SIDE * SIDE;
/** Bytes of one record of CIFAR-10: the label, then the image. */
export const RECORD_BYTES = 1 + IMAGE_BYTES;
/** Number of classes of CIFAR-10; labels are 0 to 9. */
export const CLASSES = 10;

/** Labelled images. */
export interface Records {
  /** One label a record, from 0. */
  readonly labels: Uint8Array<ArrayBuffer>;
  /** Shape [N, C, H, W], values 0 to 255. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** Bytes of one image. */
export const imageBytes = ([height, width, channels]: Task["image"]): number =>
  height * width * channels;

/**
 * Splits records into labels and pixels.
 *
 * @param bytes Any number of records, one after another
 * @param name What to call the file in errors
 * @param task What the images are for, CIFAR-10's by default
 * @throws {RangeError} If the size is no whole number of records or there is no such label
 */
export function decodeRecords(bytes: Uint8Array, name: string, task: Task = CIFAR10_TASK): Records {
  const { image, classes } = task, size = imageBytes(image), count = bytes.length / (1 + size);
  const cifar10 = task === CIFAR10_TASK;
  if (!Number.isInteger(count)) {
    throw new RangeError(
      `Cannot read "${name}": size ${bytes.length} is not a multiple of ${1 + size}, the ` + (
        cifar10
          ? "bytes of one CIFAR-10 record; it is truncated or not the binary version of CIFAR-10"
          : `bytes of a label and an image of ${
            image.join("x")
          }; it is truncated or of other images`
      ),
    );
  }
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    const at = i * (1 + size);
    if (bytes[at] >= classes) {
      throw new RangeError(
        `Cannot read "${name}": record ${i} has label ${bytes[at]}, expected 0 to ${
          classes - 1
        }; it is ${cifar10 ? "not the binary version of CIFAR-10" : "of other images"}`,
      );
    }
    labels[i] = bytes[at];
    pixels.set(bytes.subarray(at + 1, at + 1 + size), i * size);
  }
  return { labels, pixels };
}

/**
 * Joins labels and pixels to records: the inverse of {@linkcode decodeRecords}.
 *
 * @param image Shape of the images, CIFAR-10's by default
 * @throws {RangeError} If there is not one image a label
 */
export function encodeRecords(
  { labels, pixels }: Records,
  image: Task["image"] = CIFAR10_TASK.image,
): Uint8Array<ArrayBuffer> {
  const size = imageBytes(image);
  if (pixels.length !== labels.length * size) {
    throw new RangeError(
      `Cannot write records: ${labels.length} labels expect ${labels.length * size} pixel ` +
        `bytes, found ${pixels.length}`,
    );
  }
  const bytes = new Uint8Array(labels.length * (1 + size));
  for (let i = 0; i < labels.length; i++) {
    bytes[i * (1 + size)] = labels[i];
    bytes.set(pixels.subarray(i * size, (i + 1) * size), i * (1 + size) + 1);
  }
  return bytes;
}
