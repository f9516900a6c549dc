/** How a store is kept small that lies on a node and that no person looks after. @module */
import { messageOf } from "../../lib/std/message_of.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { collect, type Policy } from "../../pipeline/upkeep/gc.ts";

/** What was fetched or left so long ago goes, milliseconds: inputs, results, checkpoints. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** Removes what is old from a node's own store and nobody uses; what fails is said, and no more. */
export async function tidy(
  store: Store,
  onNote: (text: string) => void,
  policy: Policy = { olderThan: KEPT_MS },
): Promise<void> {
  try {
    const items = await collect(store, policy);
    if (items.length > 0) {
      onNote(`Removed what is old from "${store.folder}": ${items.length} items`);
    }
  } catch (error) {
    onNote(`Cannot tidy the store "${store.folder}": ${messageOf(error)}`);
  }
}
