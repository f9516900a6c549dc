/** Finds the test images of an evaluation. @module */
import { recognise, type Recognised } from "../../lib/data/known_sets.ts";
import { decodeRecords } from "../../lib/data/records.ts";
import { isExplained } from "../../lib/std/explained.ts";
import { LIMITS } from "../../lib/limits.ts";
import { isWithin, limitsText } from "../../lib/schema.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { userData } from "../common/data.ts";
import type { CellModel } from "./cell_model.ts";
import type { EvaluateOptions } from "./options.ts";
import { UsageError } from "../common/options.ts";
import { fromUser } from "../common/paths.ts";

/** A file of test images and the range that is evaluated. */
export interface TestImages {
  readonly folder: string;
  /** The file of test images, and what it is called. */
  readonly path: string;
  readonly name: string;
  /** What its content shows them to be. */
  readonly set: Recognised;
  readonly offset: number;
  readonly count: number;
}

/**
 * Finds and recognises `test_batch….bin` in the data folder.
 *
 * @param cell The training whose test images are meant where no folder is given
 * @throws {UsageError} If there is no folder, no sound file in it, or fewer images than asked for
 */
export function findImages(
  { data, offset, limit, store }: Pick<EvaluateOptions, "data" | "offset" | "limit" | "store">,
  cell?: CellModel,
): TestImages {
  const { folder, files } = cell !== undefined && data === undefined
    ? { folder: `the data of ${cell.name}`, files: { "test.bin": cell.images } }
    : userData(
      data,
      "test",
      openStore(fromUser(store)).cache,
      "Cannot find the images: none are given; pass --data DIR or set CIFAR10_DIR to a folder " +
        "with test_batch.bin in CIFAR-10's binary layout",
    );
  const [[name, path]] = Object.entries(files), bytes = Deno.readFileSync(path);
  const total = recordsIn(bytes, name);
  const count = limit ?? total - offset;
  if (count < 1 || offset + count > total) {
    throw new UsageError(
      `Cannot evaluate images ${offset} to ${offset + Math.max(count, 1) - 1}: "${folder}" has ` +
        `test images 0 to ${total - 1}; change --offset or --limit`,
    );
  }
  if (!isWithin(count, LIMITS.attackedImages)) {
    throw new UsageError(
      `Cannot evaluate all ${count} images of "${folder}" at once: expected ${
        limitsText(LIMITS.attackedImages)
      }; take them in parts with --offset and --limit`,
    );
  }
  return { folder, path, name, set: recognise("test", bytes), offset, count };
}

/** How many sound records there are. */
function recordsIn(bytes: Uint8Array, name: string): number {
  try {
    return decodeRecords(bytes, name).labels.length;
  } catch (error) {
    throw isExplained(error) ? new UsageError(error.message, { cause: error }) : error;
  }
}
