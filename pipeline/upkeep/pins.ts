import { join } from "node:path";
import { readJson, writeAtomic } from "../store/files.ts";
import { latestKeys, manifestsOf } from "../store/manifests.ts";
import type { Store } from "../store/store.ts";

const pinsFile = (store: Store) => join(store.folder, "pins.json");

/** Keys that stay, with the names of their cells. */
export function pins(store: Store): Readonly<Record<string, string>> {
  return readJson<Record<string, string>>(pinsFile(store)) ?? {};
}

/**
 * Pins the manifests that profiles used last for a cell; returns how many.
 *
 * @throws {RangeError} If no profile has a finished one
 */
export function pin(store: Store, cell: string): number {
  const keys = manifestsOf(store).filter(({ manifest }) => manifest.cell === cell)
    .map(({ manifest }) => manifest.key).filter((key) => latestKeys(store).has(key));
  if (keys.length === 0) {
    throw new RangeError(
      `Cannot pin "${cell}": expected a cell that has finished; run "deno task status"`,
    );
  }
  const all = { ...pins(store), ...Object.fromEntries(keys.map((key) => [key, cell])) };
  writeAtomic(pinsFile(store), JSON.stringify(all, null, 2) + "\n");
  return keys.length;
}
