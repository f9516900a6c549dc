/**
 * What changes the values of pixels and not their places, bit for bit as Pillow's `ImageOps` and
 * `ImageEnhance` (13.0).
 *
 * @module
 */
import type { ByteImage } from "./byte_image.ts";
import { toByte } from "./byte_image.ts";

/** Looks up every byte. */
const mapped = (image: ByteImage, value: (byte: number) => number): ByteImage => {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => value(byte));
  return { ...image, data: image.data.map((byte) => table[byte]) };
};

/** Looks up the bytes of every channel in a table of its own, made from its histogram. */
function mappedByHistogram(
  image: ByteImage,
  tableOf: (histogram: Uint32Array) => ((byte: number) => number) | undefined,
): ByteImage {
  const { channels } = image, data = image.data.slice();
  for (let c = 0; c < channels; c++) {
    const histogram = new Uint32Array(256);
    for (let at = c; at < data.length; at += channels) histogram[data[at]]++;
    const value = tableOf(histogram);
    if (!value) continue;
    const table = Uint8Array.from({ length: 256 }, (_, byte) => toByte(value(byte)));
    for (let at = c; at < data.length; at += channels) data[at] = table[data[at]];
  }
  return { ...image, data };
}

/** Stretches each channel to reach from 0 to 255. */
export const autoContrast = (image: ByteImage): ByteImage =>
  mappedByHistogram(image, (histogram) => {
    const low = histogram.findIndex((count) => count > 0);
    const high = histogram.findLastIndex((count) => count > 0);
    if (high <= low) return undefined;
    const scale = 255 / (high - low), offset = -low * scale;
    return (byte) => byte * scale + offset;
  });

/** Makes each channel's histogram as even as it can be. */
export const equalize = (image: ByteImage): ByteImage =>
  mappedByHistogram(image, (histogram) => {
    const there = histogram.filter((count) => count > 0);
    if (there.length <= 1) return undefined;
    const counted = there.reduce((sum, count) => sum + count, 0) - there[there.length - 1];
    const step = Math.floor(counted / 255);
    if (step === 0) return undefined;
    let sum = Math.floor(step / 2);
    const table = Array.from(histogram, (count) => {
      const value = Math.floor(sum / step);
      sum += count;
      return value;
    });
    return (byte) => table[byte];
  });

export const invert = (image: ByteImage): ByteImage => mapped(image, (byte) => 255 - byte);

/** Keeps the highest bits of every byte. */
export const posterize = (image: ByteImage, bits: number): ByteImage =>
  mapped(image, (byte) => byte & ~(2 ** (8 - bits) - 1));

/** Inverts all bytes from a threshold on. */
export const solarize = (image: ByteImage, threshold: number): ByteImage =>
  mapped(image, (byte) => byte < threshold ? byte : 255 - byte);

/** Adds to all bytes below 128. */
export const solarizeAdd = (image: ByteImage, added: number): ByteImage =>
  mapped(image, (byte) => byte < 128 ? Math.min(255, byte + added) : byte);

/** Between another image (0) and this one (1), or beyond; in float32. */
function blended(image: ByteImage, other: (at: number) => number, factor: number): ByteImage {
  const share = Math.fround(factor);
  return {
    ...image,
    data: image.data.map((byte, at) => {
      const from = other(at);
      return toByte(Math.fround(from + Math.fround(share * (byte - from))));
    }),
  };
}

/** Luminance of every pixel (ITU-R 601-2); of other than three channels their mean. */
function grey({ channels, data }: ByteImage): Uint8Array {
  return Uint8Array.from({ length: data.length / channels }, (_, pixel) => {
    const at = pixel * channels;
    if (channels === 3) {
      return (data[at] * 19595 + data[at + 1] * 38470 + data[at + 2] * 7471 + 0x8000) >> 16;
    }
    return data.subarray(at, at + channels).reduce((sum, byte) => sum + byte, 0) / channels;
  });
}

/** Saturation: 0 for grey, 1 for the image as it is. */
export function color(image: ByteImage, factor: number): ByteImage {
  const plain = grey(image);
  return blended(image, (at) => plain[Math.floor(at / image.channels)], factor);
}

/** Contrast: 0 for the mean's grey, 1 for the image as it is. */
export function contrast(image: ByteImage, factor: number): ByteImage {
  const plain = grey(image);
  const mean = Math.floor(plain.reduce((sum, byte) => sum + byte, 0) / plain.length + 0.5);
  return blended(image, () => mean, factor);
}

/** Brightness: 0 for black, 1 for the image as it is. */
export const brightness = (image: ByteImage, factor: number): ByteImage =>
  blended(image, () => 0, factor);

/** Sharpness: 0 for smoothed, 1 for the image as it is. */
export function sharpness(image: ByteImage, factor: number): ByteImage {
  const { height, width, channels, data } = image, line = width * channels;
  const smoothed = (at: number) => {
    const y = Math.floor(at / line), x = Math.floor(at % line / channels);
    if (y === 0 || y === height - 1 || x === 0 || x === width - 1) return data[at]; // as it is
    let sum = 4 * data[at]; // the middle counts five times
    for (let row = -line; row <= line; row += line) {
      sum += data[at + row - channels] + data[at + row] + data[at + row + channels];
    }
    return Math.floor(sum / 13 + 0.5);
  };
  return blended(image, smoothed, factor);
}
