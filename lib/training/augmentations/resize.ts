/**
 * Bicubic resizing of bytes with antialiasing, bit for bit as Pillow's `Image.resize` (13.0,
 * `Resample.c`) where both sides grow or both shrink: across, then down, by weights in fixed point, each
 * pass rounded to bytes.
 *
 * @module
 */
import { blank, type ByteImage } from "./byte_image.ts";

/** Binary places of a weight. */
const PLACES = 22;

/** Keys' cubic kernel with a = -0.5, which reaches 2 pixels to either side. */
function cubic(distance: number): number {
  const a = -0.5, x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/** What an output pixel is a weighted sum of. */
interface Window {
  readonly first: number;
  readonly weights: readonly number[];
}

/** The windows of a line that is resized. */
function windows(from: number, to: number): Window[] {
  const scale = from / to, stretch = Math.max(scale, 1), reach = 2 * stretch;
  return Array.from({ length: to }, (_, at) => {
    const center = (at + 0.5) * scale;
    const first = Math.max(Math.trunc(center - reach + 0.5), 0);
    const end = Math.min(Math.trunc(center + reach + 0.5), from);
    const exact = Array.from(
      { length: end - first },
      (_, i) => cubic((i + first - center + 0.5) * (1 / stretch)),
    );
    const sum = exact.reduce((sum, weight) => sum + weight, 0);
    const weights = exact.map((weight) => {
      const fixed = weight / sum * 2 ** PLACES;
      return Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
    return { first, weights };
  });
}

const known = new Map<string, Window[]>();

/** Windows by sizes: images have few of them. */
function windowsOf(from: number, to: number): Window[] {
  const key = `${from} ${to}`, made = known.get(key) ?? windows(from, to);
  known.set(key, made);
  return made;
}

/**
 * Resizes a part of an image.
 *
 * @param crop The part, in pixels, inside the image
 */
export function resizedCrop(
  image: ByteImage,
  crop: {
    readonly top: number;
    readonly left: number;
    readonly height: number;
    readonly width: number;
  },
  size: { readonly height: number; readonly width: number },
): ByteImage {
  const { channels } = image;
  const across = blank({ height: crop.height, width: size.width, channels });
  const columns = windowsOf(crop.width, size.width);
  for (let y = 0; y < crop.height; y++) {
    const row = ((crop.top + y) * image.width + crop.left) * channels;
    for (let x = 0; x < size.width; x++) {
      const to = (y * size.width + x) * channels;
      weighted(image.data, row, channels, channels, columns[x], across.data, to);
    }
  }
  const out = blank({ ...size, channels }), rows = windowsOf(crop.height, size.height);
  const line = size.width * channels;
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const at = x * channels;
      weighted(across.data, at, line, channels, rows[y], out.data, y * line + at);
    }
  }
  return out;
}

/** All channels of one pixel as weighted sums of others, `step` bytes apart. */
function weighted(
  data: Uint8Array,
  start: number,
  step: number,
  channels: number,
  { first, weights }: Window,
  out: Uint8Array,
  to: number,
): void {
  for (let c = 0; c < channels; c++) {
    let sum = 2 ** (PLACES - 1), at = start + first * step + c;
    for (const weight of weights) {
      sum += data[at] * weight;
      at += step;
    }
    const value = Math.floor(sum / 2 ** PLACES);
    out[to + c] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}
