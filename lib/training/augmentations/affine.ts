/**
 * Affine transforms of bytes, bit for bit as Pillow's `Image.transform` and `Image.rotate` with bicubic
 * interpolation (13.0, `Geometry.c`).
 *
 * @module
 */
import { blank, type ByteImage, toByte } from "./byte_image.ts";

/** Where an output pixel (x, y) comes from: (a x + b y + c, d x + e y + f), of pixels' middles. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The cubic through four values, at `d` between the second and the third. */
function between(v1: number, v2: number, v3: number, v4: number, d: number): number {
  const p2 = -v1 + v3, p3 = 2 * (v1 - v2) + v3 - v4, p4 = -v1 + v2 - v3 + v4;
  return v2 + d * (p2 + d * (p3 + d * p4));
}

/**
 * Moves the pixels of an image.
 *
 * @param fill What comes from outside, a byte a channel
 */
export function transform(image: ByteImage, matrix: Matrix, fill: readonly number[]): ByteImage {
  const { height, width, channels, data } = image, out = blank(image), [a, b, c, d, e, f] = matrix;
  const within = (at: number, size: number) => Math.min(Math.max(at, 0), size - 1);
  const lines = new Float64Array(4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * channels;
      const fromX = a * (x + 0.5) + b * (y + 0.5) + c, fromY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) {
        for (let channel = 0; channel < channels; channel++) out.data[to + channel] = fill[channel];
        continue;
      }
      const left = Math.floor(fromX - 0.5), top = Math.floor(fromY - 0.5);
      const right = fromX - 0.5 - left, down = fromY - 0.5 - top;
      const columns = [-1, 0, 1, 2].map((i) => within(left + i, width) * channels);
      for (let channel = 0; channel < channels; channel++) {
        for (let i = 0; i < 4; i++) {
          const row = within(top - 1 + i, height) * width * channels + channel;
          const [v1, v2, v3, v4] = columns;
          lines[i] = between(data[row + v1], data[row + v2], data[row + v3], data[row + v4], right);
        }
        out.data[to + channel] = toByte(between(lines[0], lines[1], lines[2], lines[3], down));
      }
    }
  }
  return out;
}

/** Rotates an image around its middle, counter-clockwise. */
export function rotate(image: ByteImage, degrees: number, fill: readonly number[]): ByteImage {
  const { height, width } = image, radians = -degrees * Math.PI / 180;
  const cosine = rounded(Math.cos(radians)), sine = rounded(Math.sin(radians));
  if (sine === 0 && cosine === 1) return image;
  const [x, y] = [width / 2, height / 2];
  const matrix: Matrix = [
    ...[cosine, sine, cosine * -x + sine * -y + x] as const,
    ...[-sine, cosine, -sine * -x + cosine * -y + y] as const,
  ];
  return transform(image, matrix, fill);
}

/** To 15 decimal places. */
const rounded = (value: number) => Number(value.toFixed(15));
