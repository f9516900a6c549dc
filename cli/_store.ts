/** Where results are kept. @module */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of a store in which programs are kept that were compiled for a GPU. */
export const EXECUTABLES = "executables";

/**
 * Folder of the store: as given, or as `SMOOTHNESS_STORE` says, both relative to where the command
 * was typed, or `artifacts` in the repository.
 */
export function storeFolder(given?: string): string {
  const named = given || Deno.env.get("SMOOTHNESS_STORE");
  return named
    ? resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), named)
    : fileURLToPath(new URL("../artifacts", import.meta.url));
}
