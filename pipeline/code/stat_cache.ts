import { type Digest, digestOfFile } from "../store/digest.ts";
import { readJson } from "../store/files.ts";
import { writeCache } from "../store/error.ts";

/** A file may change twice within one tick of its clock: stamps younger than this are not kept. */
const SETTLED_MS = 2000;

interface Entry {
  readonly stamp: string;
  readonly digest: Digest;
}

/** Digests of files by path, computed anew only when a file's size, times or inode changed. */
export interface StatCache {
  /** @throws {Deno.errors.NotFound} If there is no such file */
  readonly digest: (path: string) => Promise<Digest>;
  /** Writes what was learnt, if anything was. */
  readonly save: () => void;
}

/** Opens the cache kept in one JSON file. */
export function openStatCache(path: string): StatCache {
  const entries = new Map<string, Entry>(
    Object.entries(readJson<Record<string, Entry>>(path) ?? {}),
  );
  let changed = false;
  return {
    async digest(file) {
      const info = Deno.statSync(file);
      const { size, ino, mtime, ctime } = info;
      const stamp = [size, ino, mtime?.getTime(), ctime?.getTime()].join(" ");
      const entry = entries.get(file);
      if (entry?.stamp === stamp) return entry.digest;
      const digest = await digestOfFile(file);
      const touched = Math.max(mtime?.getTime() ?? Infinity, ctime?.getTime() ?? 0);
      if (Date.now() - touched > SETTLED_MS) {
        entries.set(file, { stamp, digest });
        changed = true;
      }
      return digest;
    },
    save() {
      if (changed) writeCache(path, JSON.stringify(Object.fromEntries(entries)));
      changed = false;
    },
  };
}
