/**
 * How what nobody needs is collected: `inventory.ts` says who needs what.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { removeIfPresent } from "../store/files.ts";
import { inventory, type StoreItem, trashBins } from "./inventory.ts";
import { exclusively } from "../store/lease.ts";
import { latestKeys } from "../store/manifests.ts";
import { type Holders, leasesIn, watchLeases } from "../store/owner.ts";
import type { Store } from "../store/store.ts";

/** What was published so recently may belong to a run that is not done, milliseconds. */
export const GRACE_MS = 3_600_000;

/** What to collect. */
export interface Policy {
  /** Keys that must stay, for example those of lockfiles. */
  readonly keys?: Iterable<string>;
  /** Only what was finished so long ago, milliseconds. */
  readonly olderThan?: number;
  /** Only, and oldest first, until what the store holds is no larger, bytes. */
  readonly keep?: number;
  /** Age below which nothing is collected whatever else is said, milliseconds. */
  readonly grace?: number;
}

/** How owners of leases are watched, and who is told that it takes a while. */
export type Watching = Parameters<typeof watchLeases>[1];

/** What a policy collects of an inventory, oldest first. */
export function collectable(
  items: readonly StoreItem[],
  policy: Policy,
  now = Date.now(),
): StoreItem[] {
  const { olderThan = 0, keep = 0, grace = GRACE_MS } = policy;
  const least = Math.max(olderThan, grace);
  let total = items.reduce((sum, { size }) => sum + size, 0);
  const old = items.filter(({ kind, reachable, time }) =>
    !reachable && (kind === "trash" || now - time >= least)
  );
  const stays = new Set(items.filter((item) => !old.includes(item)).flatMap(({ paths }) => paths));
  return old.sort((a, b) => a.time - b.time).flatMap((item) => {
    if (total <= keep) return [];
    total -= item.size;
    return [{ ...item, paths: item.paths.filter((path) => !stays.has(path)) }];
  });
}

/** What a policy would collect of a store, oldest first. */
export async function wouldCollect(
  store: Store,
  policy: Policy,
  watching?: Watching,
): Promise<StoreItem[]> {
  const holder = await watchLeases(leasesIn(join(store.folder, "work")), watching);
  return collectable(inventory(store, policy.keys, holder), policy);
}

/**
 * Collects: while no cell can start, moves to the store's trash in which nobody reads; deletes then.
 *
 * @returns What was collected
 * @throws {Error} If a cell is just starting of which an earlier version does not say what it reads
 */
export async function collect(
  store: Store,
  policy: Policy,
  watching?: Watching,
): Promise<StoreItem[]> {
  const bin = join(store.folder, "trash", crypto.randomUUID()), bins = [bin];
  const holder = await watchLeases(leasesIn(join(store.folder, "work")), watching);
  const collected = await exclusively(join(store.folder, "work", "gc"), () => {
    const items = settled(store, policy, holder);
    bins.push(...trashBins(store));
    for (const { kind, paths } of items) {
      // The manifest is first among a cell's files: a crash leaves objects without one, never the
      // other way round.
      for (const path of kind === "trash" ? [] : paths) {
        const target = join(bin, path);
        Deno.mkdirSync(dirname(target), { recursive: true });
        try {
          Deno.renameSync(join(store.folder, path), target);
        } catch (error) {
          // "fsck --repair" or a run put it aside meanwhile.
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }
    }
    return items;
  });
  for (const bin of bins) removeIfPresent(bin);
  return collected;
}

/** What goes, where no run changed what is latest while that was found out. */
function settled(store: Store, policy: Policy, holder: Holders): StoreItem[] {
  const pointed = () => [...latestKeys(store)].sort().join();
  while (true) {
    const before = pointed(), items = collectable(inventory(store, policy.keys, holder), policy);
    if (pointed() === before) return items;
  }
}
