import { join } from "node:path";
import { removeIfPresent } from "../store/files.ts";

/**
 * Works in a folder that no other process has at the same time, and that is gone then. What a process
 * that was killed left in it is removed first; the lock goes with the process.
 *
 * @param state Folder in which the folder and its lock lie
 * @param name Of the folder
 * @param work Is given the folder's path; the folder is not there yet
 */
export async function exclusively<T>(
  state: string,
  name: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  Deno.mkdirSync(state, { recursive: true });
  using lock = Deno.openSync(join(state, `${name}.lock`), { create: true, write: true });
  await lockIfPossible(lock);
  const folder = join(state, name);
  removeIfPresent(folder);
  try {
    return await work(folder);
  } finally {
    removeIfPresent(folder);
  }
}

/** Some file systems know no locks: then two processes must not share a state. */
async function lockIfPossible(file: Deno.FsFile): Promise<void> {
  try {
    await file.lock(true);
  } catch (error) {
    if (
      !["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOLCK"].includes((error as { code?: string }).code!)
    ) {
      throw error;
    }
  }
}
