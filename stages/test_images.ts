/** The first test images, for stages that measure a model on them. @module */
import { toImages } from "../lib/data/images.ts";
import { decodeRecords, imageBytes } from "../lib/data/records.ts";
import type { Task } from "../lib/task.ts";
import { asFailure, StageFailure } from "./job.ts";

/** Images side by side. */
export interface TestImages {
  /** `[N, H, W, C]`, pixels in [0, 1]. */
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: readonly number[];
  /** Numbers among all test images. */
  readonly indices: readonly number[];
}

/**
 * Reads the first test images.
 *
 * @param section Of the profile, for errors
 * @throws {StageFailure} If there are not so many, or the file is not in this layout
 */
export async function readTestImages(
  path: string,
  count: number,
  task: Task,
  section: string,
): Promise<TestImages> {
  let records;
  try {
    records = decodeRecords(await Deno.readFile(path), "test.bin", task);
  } catch (error) {
    throw asFailure(error);
  }
  const { labels, pixels } = records;
  if (count > labels.length) {
    throw new StageFailure(
      `Cannot take ${count} test images: there are ${labels.length}; lower ${section}.images or ` +
        "raise data.test_images",
    );
  }
  return {
    images: toImages(pixels.subarray(0, count * imageBytes(task.image)), task.image),
    labels: Array.from(labels.subarray(0, count)),
    indices: Array.from({ length: count }, (_, i) => i),
  };
}

/** Images one by one, each `[H, W, C]`, not copied. */
export const eachImage = ({ images, labels }: TestImages): Float32Array[] => {
  const size = images.length / labels.length;
  return labels.map((_, i) => images.subarray(i * size, (i + 1) * size));
};
