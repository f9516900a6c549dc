/** @module */
import { DataError } from "./batches.ts";
import type { Split } from "./set.ts";

/**
 * The first records of a split.
 *
 * @param all Records one after another
 * @param count How many; `null` takes all
 * @throws {DataError} If there are fewer
 */
export function takeRecords(
  all: Uint8Array<ArrayBuffer>,
  count: number | null,
  { split, names, bytes }: {
    readonly split: Split;
    /** Files that they are from. */
    readonly names: readonly string[];
    /** Size of a record. */
    readonly bytes: number;
  },
): Uint8Array<ArrayBuffer> {
  const found = all.length / bytes;
  if (count !== null && count > found) {
    throw new DataError(
      `Cannot take ${count} ${split} images: only ${found} were found in ${
        names.map((name) => `"${name}"`).join(", ")
      }; give more data with "--data DIR" or ask for fewer with ` +
        `"--set data.${split}_images=${found}"`,
    );
  }
  return count === null ? all : all.slice(0, count * bytes);
}
