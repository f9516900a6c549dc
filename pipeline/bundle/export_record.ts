/** What a store remembers of the bundles that were exported from it. @module */
import { dirname, join } from "node:path";
import type { Digest } from "../store/digest.ts";

/** Where a store keeps the index of a bundle that was exported from it. */
export function exportedPath({ folder }: { readonly folder: string }, bundle: Digest): string {
  return join(folder, "bundles", `${bundle}.json`);
}

/** Remembers a bundle, so that its results can be told from those of others. */
export function keepExported(
  store: { readonly folder: string },
  bundle: Digest,
  index: string,
): void {
  const path = exportedPath(store, bundle);
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.copyFileSync(index, path);
}
