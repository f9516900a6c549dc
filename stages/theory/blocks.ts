/** Images in blocks, each of which is kept when it is done. @module */
import { join } from "node:path";
import type { Evaluator } from "../../lib/theory/slopes.ts";
import type { MeasuredImages } from "../../lib/theory/measure.ts";
import type { ImageRecord } from "../../lib/theory/record.ts";
import { type Origin, readWorkFile, writeWorkFile } from "../work_file.ts";

/** How blocks are measured and kept. */
export interface BlockOptions {
  /** Images of a block. */
  readonly size: number;
  /** Blocks that are measured at the same time. */
  readonly parallel: number;
  readonly work: string;
  readonly origin: Origin;
  readonly log: (text: string) => void;
  /** Told how many images are done, at the start and after each block. */
  readonly onBlock: (images: number) => void;
}

/** A model that counts what it is asked. */
export function counting(
  { batchSize, evaluate }: Evaluator,
  onAnswers: (count: number) => void,
): Evaluator {
  return {
    batchSize,
    async evaluate(requests) {
      const answers = await evaluate(requests);
      onAnswers(requests.length);
      return answers;
    },
  };
}

/**
 * Measures all images, block by block, going on where an earlier process ended.
 *
 * @param measure Measures some images; a record depends on its own image and the block's size only
 */
export async function measureInBlocks(
  images: MeasuredImages,
  measure: (images: MeasuredImages) => Promise<ImageRecord[]>,
  { size, parallel, work, origin, log, onBlock }: BlockOptions,
): Promise<ImageRecord[]> {
  const path = join(work, "theory"), count = images.labels.length;
  const kept = await readWorkFile(path, origin, log);
  const done: (ImageRecord[] | null)[] = kept
    ? JSON.parse(new TextDecoder().decode(kept))
    : Array.from({ length: Math.ceil(count / size) }, () => null);
  const finished = () => done.reduce((sum, block) => sum + (block?.length ?? 0), 0);
  if (kept) log(`going on with ${finished()} of ${count} images measured`);
  onBlock(finished());
  const waiting = done.flatMap((block, number) => block === null ? [number] : []);
  let writing = Promise.resolve();
  const take = async () => {
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
      const from = number * size, to = Math.min(count, from + size);
      done[number] = await measure({
        images: images.images.slice(from, to),
        labels: images.labels.slice(from, to),
        indices: images.indices.slice(from, to),
      });
      const bytes = new TextEncoder().encode(JSON.stringify(done));
      await (writing = writing.then(() => writeWorkFile(path, bytes, origin)));
      onBlock(finished());
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: parallel }, take));
  for (const one of settled) if (one.status === "rejected") throw one.reason;
  return done.flatMap((block) => block!);
}
