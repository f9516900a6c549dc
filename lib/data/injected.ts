/**
 * Injected features: a pattern that names the class, added to each image (Ortiz-Jimenez, de Jorge,
 * Sanyal, Bibi, Dokania, Frossard, Rogez, Torr, "Catastrophic overfitting can be induced with
 * discriminative non-robust features", 2023). Features of about the strength of the attack that is
 * trained on make one-step training collapse.
 *
 * @module
 */
import type { Task } from "../task.ts";
import { imageBytes } from "./records.ts";

/**
 * The pattern of a class: signs of a low wave of the discrete cosine transform, each class another.
 *
 * @param image Height, width and channels
 * @returns -1 or 1 for each pixel, `[H, W]`, the same for all channels
 */
export function classPattern(
  label: number,
  [height, width]: Task["image"],
): Int8Array<ArrayBuffer> {
  const [down, across] = wave(label), pattern = new Int8Array(height * width);
  const cosine = (at: number, size: number, waves: number) =>
    Math.cos(Math.PI * waves * (2 * at + 1) / (2 * size));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = cosine(y, height, down) * cosine(x, width, across);
      pattern[y * width + x] = value < 0 ? -1 : 1;
    }
  }
  return pattern;
}

/** Half waves down and across, lowest sums first, without the constant wave: (0,1), (1,0), (0,2), … */
function wave(label: number): [down: number, across: number] {
  let sum = 1, left = label;
  while (left > sum) left -= ++sum;
  return [left, sum - left];
}

/**
 * Adds its class' pattern to each image, in place; pixels stay within 0 and 255.
 *
 * @param records One after another, each a label's byte and then the image, `[C, H, W]`
 * @param image Height, width and channels
 * @param strength In pixels in [0, 1]; what is added is rounded to a whole number of levels
 */
export function injectFeatures(
  records: Uint8Array<ArrayBuffer>,
  image: Task["image"],
  strength: number,
): void {
  const size = imageBytes(image), plane = image[0] * image[1], levels = Math.round(strength * 255);
  const patterns = new Map<number, Int8Array>();
  for (let at = 0; at < records.length; at += 1 + size) {
    const label = records[at];
    if (!patterns.has(label)) patterns.set(label, classPattern(label, image));
    const pattern = patterns.get(label)!;
    for (let i = 0; i < size; i++) {
      const moved = records[at + 1 + i] + levels * pattern[i % plane];
      records[at + 1 + i] = Math.min(255, Math.max(0, moved));
    }
  }
}
