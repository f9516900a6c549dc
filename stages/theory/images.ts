/** The images that the theory stage measures. @module */
import { toImages } from "../../lib/data/images.ts";
import { decodeRecords, imageBytes } from "../../lib/data/records.ts";
import type { Task } from "../../lib/task.ts";
import type { MeasuredImages } from "../../lib/theory/measure.ts";
import { asFailure, StageFailure } from "../job.ts";

/**
 * Reads the first test images, `[N, H, W, C]` with pixels in [0, 1].
 *
 * @throws {StageFailure} If there are not so many, or the file is not in this layout
 */
export async function readImages(
  path: string,
  count: number,
  task: Task,
): Promise<MeasuredImages> {
  const size = imageBytes(task.image);
  let records;
  try {
    records = decodeRecords(await Deno.readFile(path), "test.bin", task);
  } catch (error) {
    throw asFailure(error);
  }
  const { labels, pixels } = records;
  if (count > labels.length) {
    throw new StageFailure(
      `Cannot measure ${count} test images: there are ${labels.length}; lower theory.images or ` +
        "raise data.test_images",
    );
  }
  const all = toImages(pixels.subarray(0, count * size), task.image);
  return {
    images: Array.from({ length: count }, (_, i) => all.subarray(i * size, (i + 1) * size)),
    labels: Array.from(labels.subarray(0, count)),
    indices: Array.from({ length: count }, (_, i) => i),
  };
}
