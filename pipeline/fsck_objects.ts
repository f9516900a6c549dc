import { basename, join } from "node:path";
import { digestOfFile, isDigest } from "./digest.ts";
import { filesBelow, statIfPresent } from "./files.ts";
import type { Aside, Found } from "./fsck_report.ts";
import type { Key } from "./key.ts";
import type { Manifest, Store } from "./store.ts";

/** How objects are hashed. */
export interface HashingOptions {
  /** Files that are read at a time. */
  readonly jobs?: number;
  /** Called after every object. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Hashes all objects; returns which are sound and which are not. */
export async function lookAtObjects(
  store: Store,
  manifests: ReadonlyMap<Key, Manifest>,
  { jobs = 2, onProgress }: HashingOptions,
  found: Found,
  aside: Aside,
) {
  const sound = new Set<string>(), damaged = new Set<string>(), users = new Map<string, string[]>();
  for (const { cell, outputs } of manifests.values()) {
    for (const { digest } of Object.values(outputs)) {
      users.set(digest, [...users.get(digest) ?? [], cell]);
    }
  }
  const objects = filesBelow(join(store.folder, "objects"));
  let done = 0, bytes = 0;
  await inParallel(objects, jobs, async (path) => {
    const name = basename(path), info = statIfPresent(path);
    if (!isDigest(name) || store.object(name) !== path || !info?.isFile) {
      found("foreign file", path, "is not named as an object");
    } else if (await digestOfFile(path) !== name) {
      damaged.add(name);
      found("object damaged", path, "its bytes are not what its name says", {
        cells: [...new Set(users.get(name))].sort(),
        mend: aside(path),
      });
    } else {
      sound.add(name);
      if (!users.has(name)) found("orphan", path, "no manifest names it", { fault: false });
    }
    bytes += info?.size ?? 0;
    onProgress?.(++done, objects.length);
  });
  return { sound, damaged, count: objects.length, bytes };
}

async function inParallel<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(Array.from({ length: jobs }, async () => {
    for (const item of queue) await work(item);
  }));
}
