/** Which folder was last given for a data set, so that only the first command has to name it. @module */
import { join } from "node:path";
import { readJson, writeAtomic } from "../../pipeline/store/files.ts";

/** The folders that were given for data sets, kept among a store's caches. */
const known = (cache: string) => join(cache, "data_folders.json");

/** The folder that was last given for a data set, if it is still there. */
export function knownFolder(cache: string, set: string): string | undefined {
  const folder = readJson<Record<string, string>>(known(cache))?.[set];
  try {
    return folder !== undefined && Deno.statSync(folder).isDirectory ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers the folder of a data set, so that later commands need not be told. */
export function keepFolder(cache: string, set: string, folder: string): void {
  if (knownFolder(cache, set) === folder) return;
  writeAtomic(
    known(cache),
    JSON.stringify({ ...readJson<Record<string, string>>(known(cache)), [set]: folder }) + "\n",
  );
}
