/** @module */

/** One image as bytes, which augmentations take and give; they leave what they are given as it is. */
export interface ByteImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** `[height, width, channels]`, 0 to 255 */
  readonly data: Uint8Array;
}

/** An image of a size, of zeros. */
export const blank = (
  { height, width, channels }: Omit<ByteImage, "data">,
): ByteImage => ({ height, width, channels, data: new Uint8Array(height * width * channels) });

/** A number as a byte: nothing below 0 or above 255, and no fraction. */
export const toByte = (value: number): number => value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
