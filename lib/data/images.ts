/**
 * Layouts of images: stored as planes of bytes, computed on as [N, H, W, C] float32 in [0, 1],
 * exchanged with PyTorch as [N, C, H, W]. The shape of an image is CIFAR-10's where none is given.
 *
 * @module
 */
import type { Task } from "../task.ts";
import { CIFAR10_TASK } from "./cifar10_task.ts";
import { imageBytes } from "./records.ts";

type Shape = Task["image"];

function count(values: ArrayLike<number>, image: Shape): number {
  const size = imageBytes(image);
  if (values.length % size !== 0) {
    throw new RangeError(
      `Cannot rearrange images: ${values.length} values are not a multiple of ${size}, ` +
        `the values of one image of ${image.join("x")}`,
    );
  }
  return values.length / size;
}

/** Calls `copy` with the place of each value in planes and interleaved. */
function eachValue(
  values: ArrayLike<number>,
  image: Shape,
  copy: (planar: number, interleaved: number) => void,
): void {
  const [height, width, channels] = image, plane = height * width, images = count(values, image);
  for (let i = 0; i < images; i++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = (i * channels + channel) * plane, to = i * channels * plane + channel;
      for (let p = 0; p < plane; p++) copy(from + p, to + channels * p);
    }
  }
}

/**
 * Stored pixels to what programs compute on.
 *
 * @param pixels Shape [N, C, H, W], 0 to 255
 * @returns Shape [N, H, W, C], float32 in [0, 1]
 */
export function toImages(
  pixels: Uint8Array,
  image: Shape = CIFAR10_TASK.image,
): Float32Array<ArrayBuffer> {
  const images = new Float32Array(pixels.length);
  eachValue(pixels, image, (planar, interleaved) => images[interleaved] = pixels[planar] / 255);
  return images;
}

/** Shape [N, C, H, W] to [N, H, W, C], stored bytes as they are. */
export function interleave(
  pixels: Uint8Array,
  image: Shape = CIFAR10_TASK.image,
): Uint8Array<ArrayBuffer> {
  const images = new Uint8Array(pixels.length);
  eachValue(pixels, image, (planar, interleaved) => images[interleaved] = pixels[planar]);
  return images;
}

/**
 * Images to stored pixels, rounded to the nearest of the 256 levels.
 *
 * @param images Shape [N, H, W, C], in [0, 1]
 * @returns Shape [N, C, H, W], 0 to 255
 */
export function toPixels(
  images: Float32Array,
  image: Shape = CIFAR10_TASK.image,
): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(images.length);
  eachValue(images, image, (planar, interleaved) => pixels[planar] = images[interleaved] * 255);
  return new Uint8Array(pixels.buffer);
}

/** Shape [N, H, W, C] to [N, C, H, W], values unchanged. */
export function toPlanes(
  images: Float32Array,
  image: Shape = CIFAR10_TASK.image,
): Float32Array<ArrayBuffer> {
  const planes = new Float32Array(images.length);
  eachValue(images, image, (planar, interleaved) => planes[planar] = images[interleaved]);
  return planes;
}

/** Shape [N, C, H, W] to [N, H, W, C], values unchanged. */
export function fromPlanes(
  planes: Float32Array,
  image: Shape = CIFAR10_TASK.image,
): Float32Array<ArrayBuffer> {
  const images = new Float32Array(planes.length);
  eachValue(planes, image, (planar, interleaved) => images[interleaved] = planes[planar]);
  return images;
}
