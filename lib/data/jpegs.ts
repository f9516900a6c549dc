/**
 * Batches whose images are JPEG files: runs of records of one label byte, the length of the file as
 * 16 bits, the lower byte first, and the file.
 *
 * @module
 */
import { decodeJpeg } from "./jpeg_decoder.ts";
import { CLASSES, IMAGE_BYTES, RECORD_BYTES, SIDE } from "./records.ts";

/** Bytes before a file: its label and its length. */
const HEAD_BYTES = 3;

/** A label and where its JPEG file is. */
interface JpegRecord {
  readonly label: number;
  readonly jpeg: Uint8Array;
}

/**
 * Decodes a batch to CIFAR-10's official binary layout.
 *
 * @param bytes Any number of records, one after another
 * @param name What to call the file in errors
 * @returns Records of one label byte and 3,072 pixel bytes
 * @throws {RangeError} If the file ends within a record, a label is above 9, a JPEG file is damaged
 * or is no image of 32x32 pixels
 */
export function decodeJpegs(bytes: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const found = split(bytes, name), records = new Uint8Array(found.length * RECORD_BYTES);
  const plane = SIDE * SIDE;
  found.forEach(({ label, jpeg }, i) => {
    const refuse = (problem: string) =>
      new RangeError(`Cannot read "${name}": record ${i} ${problem}`);
    if (label >= CLASSES) {
      throw refuse(
        `has label ${label}, expected 0 to ${CLASSES - 1}; it is no batch of JPEG files`,
      );
    }
    const image = decodeJpeg(jpeg);
    if (image.kind === "damaged") {
      throw refuse(
        `is a JPEG file of ${jpeg.length} bytes that is damaged (${image.problem}); copy the ` +
          "batch again",
      );
    }
    const { width, height, data } = image;
    if (width !== SIDE || height !== SIDE) {
      throw refuse(`is an image of ${width}x${height} pixels, expected ${SIDE}x${SIDE}`);
    }
    const at = i * RECORD_BYTES;
    records[at] = label;
    const planes = records.subarray(at + 1, at + 1 + IMAGE_BYTES);
    for (let p = 0; p < plane; p++) {
      for (let channel = 0; channel < 3; channel++) {
        planes[channel * plane + p] = data[4 * p + channel];
      }
    }
  });
  return records;
}

function split(bytes: Uint8Array, name: string): JpegRecord[] {
  const records: JpegRecord[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const start = at + HEAD_BYTES;
    const end = start <= bytes.length ? start + view.getUint16(at + 1, true) : Infinity;
    if (end > bytes.length) {
      throw new RangeError(
        `Cannot read "${name}": it has ${bytes.length} bytes and ends within record ` +
          `${records.length}; it is truncated or no batch of JPEG files`,
      );
    }
    records.push({ label: bytes[at], jpeg: bytes.subarray(start, end) });
    at = end;
  }
  return records;
}
