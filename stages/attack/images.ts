/** @module */
import { basename } from "node:path";
import type { LabelledImages } from "../../lib/attacks/mod.ts";
import { toImages } from "../../lib/data/images.ts";
import { decodeRecords, imageBytes, type Records } from "../../lib/data/records.ts";
import type { Task } from "../../lib/task.ts";
import { asFailure, type Job, StageFailure } from "../job.ts";

/** Images that keep their numbers among all test images. */
export interface NumberedImages extends LabelledImages {
  readonly indices: readonly number[];
  readonly image: Task["image"];
}

/** Which images are read. */
export interface ImageRange {
  /** Paths of files of records, one after another. */
  readonly test: readonly string[];
  readonly offset: number;
  /** How many, `null` for all. */
  readonly images: number | null;
}

/**
 * Reads test images; each keeps its number among all of them as the name of its random streams, so
 * that its verdict is the same in whatever range it is attacked.
 *
 * @throws {StageFailure} If there are not so many, or a file is not in this layout
 */
export async function readImages(
  { test: paths, offset, images: count }: ImageRange,
  task: Task,
): Promise<NumberedImages> {
  const { image } = task, size = imageBytes(image);
  const parts: Records[] = [];
  for (const path of paths) {
    try {
      parts.push(decodeRecords(await Deno.readFile(path), basename(path), task));
    } catch (error) {
      throw asFailure(error);
    }
  }
  const total = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const wanted = count ?? total - offset;
  if (wanted < 1 || offset + wanted > total) {
    throw new StageFailure(
      `Cannot attack ${wanted} test images${
        offset > 0 ? ` from number ${offset} on` : ""
      }: there are ${total}; lower attacks.images or raise data.test_images`,
    );
  }
  const labels = new Uint8Array(wanted), pixels = new Uint8Array(wanted * size);
  let first = 0; // number of a part's first image
  for (const part of parts) {
    const from = Math.max(offset - first, 0);
    const to = Math.min(offset + wanted - first, part.labels.length);
    if (from < to) {
      const at = first + from - offset;
      labels.set(part.labels.subarray(from, to), at);
      pixels.set(part.pixels.subarray(from * size, to * size), at * size);
    }
    first += part.labels.length;
  }
  return {
    image,
    images: toImages(pixels, image),
    labels,
    indices: Array.from({ length: wanted }, (_, i) => offset + i),
  };
}

/** The images to attack: all of them, or at the positions that a trial names. */
export function triedImages(data: NumberedImages, { trial }: Pick<Job, "trial">): NumberedImages {
  if (trial === undefined) return data;
  const positions = trial.images as number[];
  const { images, labels, indices, image } = data, size = imageBytes(image);
  const chosen = new Float32Array(positions.length * size);
  positions.forEach((at, n) => chosen.set(images.subarray(at * size, (at + 1) * size), n * size));
  return {
    image,
    images: chosen,
    labels: positions.map((at) => labels[at]),
    indices: positions.map((at) => indices[at]),
  };
}
