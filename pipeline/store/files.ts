import { basename, dirname, join } from "node:path";

/** Reads a JSON file; `undefined` if there is none or a crash left it incomplete. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes a file so that a crash leaves either the old content or the new, whole. */
export function writeAtomic(path: string, text: string): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${Deno.pid}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    using file = Deno.openSync(temporary, { createNew: true, write: true });
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.syncSync();
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  }
  syncFolder(dirname(path));
}

/** Makes renames within a folder durable, where the system can. */
export function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path);
  folder.syncSync();
}

/** Removes a file or a folder with all in it, if it is there. */
export function removeIfPresent(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Moves the very file that was judged into a folder of the same store, under a name that nothing
 * there has; `undefined` if it is gone, or another has taken its place, which stays.
 *
 * @param judged What the file was before it was read
 */
export function moveAside(path: string, folder: string, judged: Deno.FileInfo): string | undefined {
  if (!isStill(path, judged)) return undefined;
  const target = join(folder, `${basename(path)}.${crypto.randomUUID().slice(0, 8)}`);
  Deno.mkdirSync(folder, { recursive: true });
  try {
    Deno.renameSync(path, target);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  if (isStill(target, judged)) return target;
  // Another came in this very moment: back with it, unless a third is there by now.
  try {
    Deno.linkSync(target, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  Deno.removeSync(target);
  return undefined;
}

/** Whether what was looked at is still there: not another file, nor with other content. */
export function isStill(path: string, before: Deno.FileInfo): boolean {
  const now = statIfPresent(path);
  return now !== undefined && now.ino === before.ino && now.dev === before.dev &&
    now.size === before.size && now.mtime?.getTime() === before.mtime?.getTime();
}

/** Whether a name is one that {@linkcode moveAside} gives. */
export function isAside(name: string): boolean {
  return /.\.[\da-f]{8}$/.test(name);
}

/** `Deno.statSync`, or `undefined` where nothing is. */
export function statIfPresent(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Paths of all files below a folder, in order; none if it is not there. */
export function filesBelow(folder: string): string[] {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return entries.flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name)) : [join(folder, name)]
  );
}
