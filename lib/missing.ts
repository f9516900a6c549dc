/** Files and programs that need not be there. @module */
import { messageOf } from "./std/message_of.ts";

/** Whether an error says that nothing is at a path. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;

/** As {@linkcode isMissing}, or that it is not this user's to read or run. */
export const isOutOfReach = (error: unknown): boolean =>
  isMissing(error) || error instanceof Deno.errors.PermissionDenied;

/**
 * What is at a path.
 *
 * @returns `undefined` if nothing
 * @throws {Error} If that cannot be told, for example since a folder on the way may not be read
 */
export async function statIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Requires a file that can be read at a path that was given.
 *
 * @param refuse Makes the error of what is wrong with the path
 * @throws {Error} What `refuse` made
 */
export async function requireFile(
  path: string,
  refuse: (why: string, cause?: unknown) => Error,
): Promise<void> {
  let info: Deno.FileInfo | undefined;
  try {
    info = await statIfThere(path);
  } catch (error) {
    throw refuse(messageOf(error), error);
  }
  if (info === undefined) throw refuse("there is no such file");
  if (!info.isFile) throw refuse("it is not a file");
  try {
    (await Deno.open(path)).close();
  } catch (error) {
    throw refuse("this user may not read it", error);
  }
}
