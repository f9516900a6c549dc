/** The data folder that a command line or the environment names. @module */
import { join } from "node:path";
import { DataError, type DataFolder, type Wanted } from "../../lib/data/batches.ts";
import { readImages } from "../../lib/data/jpeg_folder.ts";
import { UsageError } from "./options.ts";
import { fromUser } from "./paths.ts";

/** How batches of JPEG files are decoded: kept among a store's caches, told on standard error. */
export const decodingInto = (cache: string) => ({
  cache: join(cache, "jpegs"),
  onDecode: (text: string) => console.error(text),
});

/**
 * Reads the data folder; batches of JPEG files are decoded first.
 *
 * @param given What `--data` says
 * @param cache Folder of the store's caches
 * @param none What to say where no folder is named
 * @throws {UsageError} If none is named, or it cannot be used
 */
export function userData(
  given: string | undefined,
  wanted: Wanted,
  cache: string,
  none: string,
): DataFolder {
  const named = given ?? Deno.env.get("CIFAR10_DIR");
  if (!named) throw new UsageError(none);
  try {
    return readImages(fromUser(named), wanted, decodingInto(cache));
  } catch (error) {
    throw error instanceof DataError ? new UsageError(error.message, { cause: error }) : error;
  }
}
