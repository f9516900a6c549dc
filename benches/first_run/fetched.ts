/** What lies in a folder of Deno. @module */
import { join } from "node:path";

/** Packages of npm that were fetched, and the bytes of all that was, those of jsr too. */
export interface Fetched {
  readonly count: number;
  readonly bytes: number;
}

/** Counts what was fetched into `DENO_DIR`; what Deno made by itself, such as its caches, is left out. */
export function fetched(denoDir: string): Fetched {
  const files = ["npm", "remote"].flatMap((name) => filesIn(join(denoDir, name)));
  // npm/REGISTRY/[@SCOPE/]NAME/VERSION/package.json
  const own = /[\\/]npm[\\/][^\\/]+[\\/](@[^\\/]+[\\/])?[^\\/]+[\\/]\d[^\\/]*[\\/]package\.json$/;
  return {
    count: files.filter(({ path }) => own.test(path)).length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  };
}

function filesIn(folder: string): { readonly path: string; readonly size: number }[] {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return entries.flatMap(({ name, isDirectory, isFile }) => {
    const path = join(folder, name);
    if (isDirectory) return filesIn(path);
    return isFile ? [{ path, size: Deno.statSync(path).size }] : [];
  });
}
