/**
 * Random rectangles of RandomResizedCrop and RandomErasing, as timm draws them (`transforms.py`,
 * `random_erasing.py`).
 *
 * @module
 */
import type { Stream } from "../../random/philox.ts";

/** A part of an image, in pixels. */
export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Which parts are drawn. */
export interface Range {
  /** Area in shares of the image's, uniform between the two. */
  readonly min_scale: number;
  readonly max_scale: number;
  /** Width over height, uniform in its logarithm between the two. */
  readonly min_ratio: number;
  readonly max_ratio: number;
}

type Size = Pick<Rectangle, "height" | "width">;

const ATTEMPTS = 10;

const between = (low: number, high: number, random: Pick<Stream, "uniform">) =>
  low + (high - low) * random.uniform();

/** A size of the range, however large. */
function drawSize(range: Range, { height, width }: Size, random: Stream): Size {
  const area = between(range.min_scale, range.max_scale, random) * height * width;
  const aspect = Math.exp(
    between(Math.log(range.min_ratio), Math.log(range.max_ratio), random),
  );
  return {
    width: Math.round(Math.sqrt(area * aspect)),
    height: Math.round(Math.sqrt(area / aspect)),
  };
}

const placed = (size: Size, image: Size, random: Stream): Rectangle => ({
  ...size,
  top: random.integer(image.height - size.height + 1),
  left: random.integer(image.width - size.width + 1),
});

/** The part of an image that is cropped: after ten that reach over its border, its middle. */
export function drawCrop(range: Range, image: Size, random: Stream): Rectangle {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { height, width } = drawSize(range, image, random);
    if (height < 1 || width < 1 || height > image.height || width > image.width) continue;
    return placed({ height, width }, image, random);
  }
  const { min_ratio: narrow, max_ratio: wide } = range, ratio = image.width / image.height;
  const width = Math.min(image.width, Math.round(image.height * wide));
  const height = Math.min(image.height, Math.round(image.width / narrow));
  const size = ratio > wide
    ? { height: image.height, width: Math.max(width, 1) }
    : ratio < narrow
    ? { height: Math.max(height, 1), width: image.width }
    : { height: image.height, width: image.width };
  return {
    ...size,
    top: Math.floor((image.height - size.height) / 2),
    left: Math.floor((image.width - size.width) / 2),
  };
}

/** Share of an image's area that is erased, and the shape of what is. */
const ERASED: Range = { min_scale: 0.02, max_scale: 1 / 3, min_ratio: 0.3, max_ratio: 1 / 0.3 };

/** The part of an image that is erased; none after ten that are as high or as wide as the image. */
export function drawErased(image: Size, random: Stream): Rectangle | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const size = drawSize(ERASED, image, random);
    if (size.height < image.height && size.width < image.width) return placed(size, image, random);
  }
  return undefined;
}
