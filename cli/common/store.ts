/** Where results are kept. @module */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Names the folder of compiled programs; with it, they are kept on a CPU too. */
export const EXECUTABLES_VARIABLE = "SMOOTHNESS_EXECUTABLES";

/** Names the folder in which digests of code are kept for all stores; else each store has one. */
export const CODE_CACHE_VARIABLE = "SMOOTHNESS_CODE_CACHE";

/** Folder in which digests of code are kept, so that no process makes again what another made. */
export const codeCache = ({ cache }: { readonly cache: string }): string =>
  Deno.env.get(CODE_CACHE_VARIABLE) || cache;

/** A folder of its own for each value of `XLA_FLAGS`, which the names of the files know nothing of. */
function forFlags(folder: string): string {
  const flags = Deno.env.get("XLA_FLAGS")?.trim();
  if (!flags) return folder;
  return join(folder, createHash("sha256").update(flags).digest("hex").slice(0, 12));
}

/**
 * Folder in which programs are kept that were compiled for a GPU: as {@linkcode EXECUTABLES_VARIABLE}
 * says, or in a given folder.
 *
 * @param folder The store's, or a bundle's state
 */
export const executablesFolder = (folder: string): string =>
  forFlags(Deno.env.get(EXECUTABLES_VARIABLE) || join(folder, "executables"));

/** Where programs are kept that were compiled for a CPU, if {@linkcode EXECUTABLES_VARIABLE} says so. */
export function cpuExecutables(): { executables?: string } {
  const named = Deno.env.get(EXECUTABLES_VARIABLE);
  return named ? { executables: forFlags(named) } : {};
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
