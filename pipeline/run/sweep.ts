import { basename, join } from "node:path";
import { removeIfPresent, statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { exclusively } from "../store/lease.ts";
import { holders, leasesIn } from "../store/owner.ts";
import { processPlace } from "../store/place.ts";
import type { Store } from "../store/store.ts";

/**
 * Removes the leases and work folders of cells whose owner published the result and died before it
 * let go: no run would take such a cell over again. Work that is not published stays.
 */
export async function sweep(store: Store): Promise<void> {
  const leases = leasesIn(join(store.folder, "work"));
  if (leases.length === 0) return;
  const holder = holders(await processPlace());
  for (const path of leases) {
    const key = basename(path, ".lease") as Key;
    const lapsed = () =>
      statIfPresent(path) !== undefined && holder(path) === undefined &&
      store.manifest(key) !== undefined;
    if (!lapsed()) continue;
    await exclusively(path, () => {
      // Someone may have taken it in the meantime.
      if (!lapsed()) return;
      removeIfPresent(store.work(key));
      removeIfPresent(path);
    });
  }
}
