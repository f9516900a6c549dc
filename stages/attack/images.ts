/** @module */
import { basename } from "node:path";
import type { LabelledImages } from "../../lib/attacks/mod.ts";
import { toImages } from "../../lib/data/images.ts";
import { decodeRecords, IMAGE_BYTES, type Records } from "../../lib/data/records.ts";
import { asFailure, type Job, StageFailure } from "../job.ts";

/**
 * Reads test images; each keeps its number among all of them as the name of its random streams, so
 * that its verdict is the same in whatever range it is attacked.
 *
 * @param paths Files in CIFAR-10's binary layout, one after another
 * @param count How many, `null` for all
 * @throws {StageFailure} If there are not so many, or a file is not in this layout
 */
export async function readImages(
  paths: readonly string[],
  offset: number,
  count: number | null,
): Promise<NumberedImages> {
  const parts: Records[] = [];
  for (const path of paths) {
    try {
      parts.push(decodeRecords(await Deno.readFile(path), basename(path)));
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
  const labels = new Uint8Array(wanted), pixels = new Uint8Array(wanted * IMAGE_BYTES);
  let first = 0; // number of a part's first image
  for (const part of parts) {
    const from = Math.max(offset - first, 0);
    const to = Math.min(offset + wanted - first, part.labels.length);
    if (from < to) {
      const at = first + from - offset;
      labels.set(part.labels.subarray(from, to), at);
      pixels.set(part.pixels.subarray(from * IMAGE_BYTES, to * IMAGE_BYTES), at * IMAGE_BYTES);
    }
    first += part.labels.length;
  }
  return {
    images: toImages(pixels),
    labels,
    indices: Array.from({ length: wanted }, (_, i) => offset + i),
  };
}

/** Images that keep their numbers among all test images. */
export type NumberedImages = LabelledImages & { readonly indices: readonly number[] };

/** The images to attack: all of them, or at the positions that a trial names. */
export function triedImages(data: NumberedImages, { trial }: Pick<Job, "trial">): NumberedImages {
  if (trial === undefined) return data;
  const positions = trial.images as number[];
  const { images, labels, indices } = data, size = images.length / labels.length;
  const chosen = new Float32Array(positions.length * size);
  positions.forEach((at, n) => chosen.set(images.subarray(at * size, (at + 1) * size), n * size));
  return {
    images: chosen,
    labels: positions.map((at) => labels[at]),
    indices: positions.map((at) => indices[at]),
  };
}
