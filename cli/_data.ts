/** The data folder that a command line or the environment names. @module */
import { DataError, type DataFolder, readDataFolder, type Wanted } from "../lib/data/batches.ts";
import { UsageError } from "./_options.ts";
import { fromUser } from "./_paths.ts";

/**
 * Reads the data folder.
 *
 * @param given What `--data` says
 * @param none What to say where no folder is named
 * @throws {UsageError} If none is named, or it cannot be used
 */
export function userData(given: string | undefined, wanted: Wanted, none: string): DataFolder {
  const named = given ?? Deno.env.get("CIFAR10_DIR");
  if (!named) throw new UsageError(none);
  try {
    return readDataFolder(fromUser(named), wanted);
  } catch (error) {
    throw error instanceof DataError ? new UsageError(error.message, { cause: error }) : error;
  }
}
