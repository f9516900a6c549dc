/**
 * Layouts of images: stored as planes of bytes, computed on as [N, 32, 32, 3] float32 in [0, 1],
 * exchanged with PyTorch as [N, 3, 32, 32].
 *
 * @module
 */
import { IMAGE_BYTES, SIDE } from "./records.ts";

const PLANE = SIDE * SIDE;

function count(values: ArrayLike<number>): number {
  if (values.length % IMAGE_BYTES !== 0) {
    throw new RangeError(
      `Cannot rearrange images: ${values.length} values are not a multiple of ${IMAGE_BYTES}, ` +
        "the values of one 32x32 colour image",
    );
  }
  return values.length / IMAGE_BYTES;
}

/** Calls `copy` with the place of each value in planes and interleaved. */
function eachValue(images: number, copy: (planar: number, interleaved: number) => void): void {
  for (let i = 0; i < images; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const from = i * IMAGE_BYTES + channel * PLANE, to = i * IMAGE_BYTES + channel;
      for (let p = 0; p < PLANE; p++) copy(from + p, to + 3 * p);
    }
  }
}

/**
 * Stored pixels to what programs compute on.
 *
 * @param pixels Shape [N, 3, 32, 32], 0 to 255
 * @returns Shape [N, 32, 32, 3], float32 in [0, 1]
 */
export function toImages(pixels: Uint8Array): Float32Array<ArrayBuffer> {
  const images = new Float32Array(pixels.length);
  eachValue(count(pixels), (planar, interleaved) => images[interleaved] = pixels[planar] / 255);
  return images;
}

/** Shape [N, 3, 32, 32] to [N, 32, 32, 3], stored bytes as they are. */
export function interleave(pixels: Uint8Array): Uint8Array<ArrayBuffer> {
  const images = new Uint8Array(pixels.length);
  eachValue(count(pixels), (planar, interleaved) => images[interleaved] = pixels[planar]);
  return images;
}

/**
 * Images to stored pixels, rounded to the nearest of the 256 levels.
 *
 * @param images Shape [N, 32, 32, 3], in [0, 1]
 * @returns Shape [N, 3, 32, 32], 0 to 255
 */
export function toPixels(images: Float32Array): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(images.length);
  eachValue(count(images), (planar, interleaved) => pixels[planar] = images[interleaved] * 255);
  return new Uint8Array(pixels.buffer);
}

/** Shape [N, 32, 32, 3] to [N, 3, 32, 32], values unchanged. */
export function toPlanes(images: Float32Array): Float32Array<ArrayBuffer> {
  const planes = new Float32Array(images.length);
  eachValue(count(images), (planar, interleaved) => planes[planar] = images[interleaved]);
  return planes;
}

/** Shape [N, 3, 32, 32] to [N, 32, 32, 3], values unchanged. */
export function fromPlanes(planes: Float32Array): Float32Array<ArrayBuffer> {
  const images = new Float32Array(planes.length);
  eachValue(count(planes), (planar, interleaved) => images[interleaved] = planes[planar]);
  return images;
}
