/** Where results are kept. @module */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Folder in which programs are kept that were compiled for a GPU; another one where the user has flags
 * for XLA, which the names of the files know nothing of.
 *
 * @param folder The store's, or a bundle's state
 */
export function executablesFolder(folder: string): string {
  const base = join(folder, "executables"), flags = Deno.env.get("XLA_FLAGS")?.trim();
  if (!flags) return base;
  return join(base, createHash("sha256").update(flags).digest("hex").slice(0, 12));
}

/**
 * Folder of the store: as given, or as `SMOOTHNESS_STORE` says, both relative to where the command
 * was typed, or `artifacts` in the repository.
 */
export function storeFolder(given?: string): string {
  const named = given || Deno.env.get("SMOOTHNESS_STORE");
  return named
    ? resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), named)
    : fileURLToPath(new URL("../../artifacts", import.meta.url));
}
