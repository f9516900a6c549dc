/** Finds the test images of an evaluation. @module */
import { resolve } from "node:path";
import { RECORD_BYTES } from "../lib/data/records.ts";
import { LIMITS } from "../pipeline/limits.ts";
import { isWithin, limitsText } from "../pipeline/schema.ts";
import { fromUser } from "./_context.ts";
import type { EvaluateOptions } from "./_evaluate_options.ts";
import { UsageError } from "./_options.ts";

/** Files of test images and the range that is evaluated. */
export interface TestImages {
  readonly folder: string;
  /** In the order in which their images count. */
  readonly paths: readonly string[];
  readonly offset: number;
  readonly count: number;
}

/**
 * Finds `test_batch….bin` in the data folder.
 *
 * @throws {UsageError} If there is no folder, no such file in it, or fewer images than asked for
 */
export function findImages(
  { data, offset, limit }: Pick<EvaluateOptions, "data" | "offset" | "limit">,
): TestImages {
  const named = data ?? Deno.env.get("CIFAR10_DIR");
  if (!named) {
    throw new UsageError(
      "Cannot find the images: none are given; pass --data DIR or set CIFAR10_DIR to a folder " +
        "with test_batch.bin in CIFAR-10's binary layout",
    );
  }
  const folder = fromUser(named), paths = testFiles(folder);
  let total = 0;
  for (const path of paths) {
    const images = Deno.statSync(path).size / RECORD_BYTES;
    if (!Number.isInteger(images)) {
      throw new UsageError(
        `Cannot read "${path}": its size is not a multiple of ${RECORD_BYTES}, the bytes of one ` +
          "CIFAR-10 record; it is truncated or not the binary version of CIFAR-10",
      );
    }
    total += images;
  }
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
  return { folder, paths, offset, count };
}

function testFiles(folder: string): string[] {
  try {
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => /^test_batch\b.*\.bin$/.test(name)).sort();
    if (names.length > 0) return names.map((name) => resolve(folder, name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
    throw new UsageError(
      `Cannot read the data folder "${folder}": there is no such folder; expected one with ` +
        "test_batch.bin in --data or CIFAR10_DIR",
    );
  }
  throw new UsageError(
    `Cannot read the data folder "${folder}": it has no test_batch….bin; expected CIFAR-10's ` +
      "binary layout",
  );
}
