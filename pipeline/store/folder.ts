import { basename, dirname, join } from "node:path";
import { checkStagePath } from "./stage_path.ts";

/** Where Deno lets no process in that has not all permissions; stages never have. */
const CLOSED = /^\/(dev|proc|sys)(\/|$)/;

/**
 * Refuses a folder for a store that stages could not use.
 *
 * @throws {StagePathError} If its path holds a comma
 * @throws {Error} If it lies, or a link leads it, below `/dev`, `/proc` or `/sys`
 */
export function checkStoreFolder(folder: string): void {
  checkStagePath("the store", folder);
  if (Deno.build.os === "windows") return;
  let closed = CLOSED.test(folder);
  try {
    closed ||= CLOSED.test(realPath(folder));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    closed = true;
  }
  if (!closed) return;
  throw new Error(
    `Cannot use the store "${folder}": stages cannot be let into /dev, /proc or /sys, not even into ` +
      "/dev/shm; pass another with --store DIR (a tmpfs that is mounted elsewhere will do)",
  );
}

/** The path without links, as far as it exists. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    const parent = dirname(path);
    if (!(error instanceof Deno.errors.NotFound) || parent === path) throw error;
    return join(realPath(parent), basename(path));
  }
}
