import type { Key } from "./key.ts";
import type { Manifest } from "./manifest.ts";
import type { Store } from "./store.ts";

/**
 * The manifest of a finished cell whose files are all there, as a first look tells.
 *
 * @param names Files that it is to have; those that its manifest names if left out
 */
export function finishedCell(
  store: Pick<Store, "manifest" | "inspect">,
  key: Key,
  names?: readonly string[],
): Manifest | undefined {
  const manifest = store.manifest(key);
  if (manifest === undefined) return undefined;
  const isThere = (name: string) => {
    const file = manifest.outputs[name];
    return file !== undefined && store.inspect(file) === undefined;
  };
  return (names ?? Object.keys(manifest.outputs)).every(isThere) ? manifest : undefined;
}
