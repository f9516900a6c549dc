import { basename, join } from "node:path";
import { isDigest } from "../store/digest.ts";
import { filesBelow, readJson, statIfPresent } from "../store/files.ts";
import type { Found } from "./fsck_report.ts";
import type { Key } from "../store/key.ts";
import { changed } from "../store/manifests.ts";
import type { Holders } from "../store/owner.ts";
import type { Store } from "../store/store.ts";

/** A file that is being written is renamed within this time, milliseconds. */
const WRITING_MS = 60_000;

/** Unfinished work, leases and temporary files; none of them is wrong. */
export function lookAtWork(store: Store, found: Found, holder: Holders): void {
  const folder = join(store.folder, "work");
  const entries = statIfPresent(folder) === undefined ? [] : [...Deno.readDirSync(folder)];
  for (const { name, isDirectory } of entries) {
    const path = join(folder, name), key = basename(name, ".lease") as Key;
    if (holder(store.lease(key)) !== undefined) continue;
    if (name.endsWith(".lease")) {
      // Its owner let go in this moment.
      if (statIfPresent(path) === undefined) continue;
      found("lease without owner", path, "its owner is gone; the next run takes over", {
        fault: false,
      });
    } else if (isDirectory && isDigest(name)) {
      if (statIfPresent(path) === undefined) continue;
      const cell = readJson<{ cell: string }>(join(path, "job.json"))?.cell;
      found("unfinished work", path, "the next run of the cell goes on from there", {
        fault: false,
        cells: cell === undefined ? [] : [cell],
      });
    }
  }
  for (const part of ["manifests", "latest", "code"]) {
    for (const path of filesBelow(join(store.folder, part))) {
      if (path.endsWith(".tmp") && Date.now() - changed(path) > WRITING_MS) {
        found("temporary file", path, "a crash left it", { fault: false });
      }
    }
  }
}
