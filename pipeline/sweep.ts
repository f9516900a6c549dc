import { basename, join } from "node:path";
import { removeIfPresent, statIfPresent } from "./files.ts";
import type { Key } from "./key.ts";
import { exclusively, leaseOwner, ownerGone } from "./lease.ts";
import type { Store } from "./store.ts";

/**
 * Removes the leases and work folders of cells whose owner published the result and died before it
 * let go: no run would take such a cell over again. Work that is not published stays.
 */
export async function sweep(store: Store): Promise<void> {
  const folder = join(store.folder, "work");
  if (statIfPresent(folder) === undefined) return;
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".lease")) continue;
    const key = basename(name, ".lease") as Key, path = store.lease(key);
    const lapsed = () => {
      const owner = leaseOwner(path);
      return owner !== undefined && ownerGone(owner) && store.manifest(key) !== undefined;
    };
    if (!lapsed()) continue;
    await exclusively(path, () => {
      // Someone may have taken it in the meantime.
      if (!lapsed()) return;
      removeIfPresent(store.work(key));
      removeIfPresent(path);
    });
  }
}
