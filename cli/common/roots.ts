/** What `gc` and `du` must know of the repository. @module */
import { join } from "node:path";
import { readLock } from "../../pipeline/answers/lockfile.ts";
import { statIfPresent } from "../../pipeline/store/files.ts";
import { EXPIRY_MS } from "../../pipeline/store/owner.ts";
import { ROOT } from "./context.ts";

/** Keys that the repository's lockfiles name. */
export function lockedKeys(folder = join(ROOT, "lockfiles")): string[] {
  if (statIfPresent(folder) === undefined) return [];
  const ending = ".lock.yaml";
  return [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(ending))
    .flatMap(({ name }) =>
      Object.values(readLock(join(folder, name), name.slice(0, -ending.length)).cells)
        .map(({ key }) => key)
    );
}

/** Says why a command waits: an owner elsewhere cannot be asked, only watched. */
export const WATCHING = {
  onWait: (count: number) =>
    console.error(
      `Watching ${count} ${count === 1 ? "lease" : "leases"} of another host or container for a ` +
        `heartbeat: ${EXPIRY_MS / 1000} s at most`,
    ),
};
