/** The flags with which Deno takes npm packages as they are locked. @module */
import { join } from "node:path";

/**
 * Flags for a Deno that imports npm packages: the versions and digests of the repository's
 * `deno.lock`, and no others.
 *
 * `deno.json` says `"lock": false`, since `deno task` fetches every package that it finds locked
 * before the command starts; so each command names the lock file itself.
 *
 * @param root The repository; one without a lock file needs no flags
 */
export function lockFlags(root: string): string[] {
  const path = join(root, "deno.lock");
  try {
    Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return [`--lock=${path}`, "--frozen"];
}
