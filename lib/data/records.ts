/**
 * CIFAR-10's official binary layout: records of one label byte and 3,072 pixel bytes, 1,024 each of
 * red, green and blue, row by row (https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version").
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

/** Width and height of an image in pixels. */
export const SIDE = 32;
/** Bytes of one image: three planes of {@linkcode SIDE} squared. */
export const IMAGE_BYTES = 3 * SIDE * SIDE;
/** Bytes of one record: the label, then the image. */
export const RECORD_BYTES = 1 + IMAGE_BYTES;
/** Number of classes; labels are 0 to 9. */
export const CLASSES = 10;

/** Labelled images. */
export interface Records {
  /** One label a record, 0 to 9. */
  readonly labels: Uint8Array<ArrayBuffer>;
  /** Shape [N, 3, 32, 32], values 0 to 255. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/**
 * Splits records into labels and pixels.
 *
 * @param bytes Any number of records, one after another
 * @param name What to call the file in errors
 * @throws {RangeError} If the size is no whole number of records or a label is above 9
 */
export function decodeRecords(bytes: Uint8Array, name: string): Records {
  const count = bytes.length / RECORD_BYTES;
  if (!Number.isInteger(count)) {
    throw new RangeError(
      `Cannot read "${name}": size ${bytes.length} is not a multiple of ${RECORD_BYTES}, the ` +
        "bytes of one CIFAR-10 record; it is truncated or not the binary version of CIFAR-10",
    );
  }
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * IMAGE_BYTES);
  for (let i = 0; i < count; i++) {
    const at = i * RECORD_BYTES;
    if (bytes[at] >= CLASSES) {
      throw new RangeError(
        `Cannot read "${name}": record ${i} has label ${bytes[at]}, expected 0 to ${
          CLASSES - 1
        }; ` +
          "it is not the binary version of CIFAR-10",
      );
    }
    labels[i] = bytes[at];
    pixels.set(bytes.subarray(at + 1, at + RECORD_BYTES), i * IMAGE_BYTES);
  }
  return { labels, pixels };
}

/**
 * Joins labels and pixels to records: the inverse of {@linkcode decodeRecords}.
 *
 * @throws {RangeError} If there is not one image a label
 */
export function encodeRecords({ labels, pixels }: Records): Uint8Array<ArrayBuffer> {
  if (pixels.length !== labels.length * IMAGE_BYTES) {
    throw new RangeError(
      `Cannot write records: ${labels.length} labels expect ${labels.length * IMAGE_BYTES} pixel ` +
        `bytes, found ${pixels.length}`,
    );
  }
  const bytes = new Uint8Array(labels.length * RECORD_BYTES);
  for (let i = 0; i < labels.length; i++) {
    bytes[i * RECORD_BYTES] = labels[i];
    bytes.set(pixels.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES), i * RECORD_BYTES + 1);
  }
  return bytes;
}
