/** What the tests hold augmentation in the engine to: the same, pixel by pixel on the host. @module */
import type { Stream } from "../random/philox.ts";
import type { Augmentation } from "./augmentation.ts";

/**
 * Copies images into a batch, augmented.
 *
 * @param images All images, `[M, size, size, 3]`
 * @param indices Which of them, in the order of the batch
 * @param batch Receives `[indices.length, size, size, 3]`
 */
export function fillBatch(
  images: Float32Array,
  indices: ArrayLike<number>,
  batch: Float32Array,
  { crop_padding, flip }: Augmentation,
  random: Pick<Stream, "integer">,
  size = 32,
): void {
  const row = size * 3, pixels = size * row;
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i] * pixels, to = i * pixels;
    const down = crop_padding ? random.integer(2 * crop_padding + 1) - crop_padding : 0;
    const right = crop_padding ? random.integer(2 * crop_padding + 1) - crop_padding : 0;
    const mirrored = flip && random.integer(2) === 1;
    if (down === 0 && right === 0 && !mirrored) {
      batch.set(images.subarray(from, from + pixels), to);
      continue;
    }
    for (let y = 0; y < size; y++) {
      const sourceY = y + down;
      for (let x = 0; x < size; x++) {
        const sourceX = (mirrored ? size - 1 - x : x) + right;
        const at = to + y * row + x * 3;
        if (sourceY < 0 || sourceY >= size || sourceX < 0 || sourceX >= size) {
          batch[at] = batch[at + 1] = batch[at + 2] = 0;
        } else {
          const source = from + sourceY * row + sourceX * 3;
          batch[at] = images[source];
          batch[at + 1] = images[source + 1];
          batch[at + 2] = images[source + 2];
        }
      }
    }
  }
}
