import { basename, join } from "node:path";
import { digestIfPresent, isDigest } from "../store/digest.ts";
import { filesBelow, isStill, statIfPresent } from "../store/files.ts";
import type { Aside, Found } from "./fsck_report.ts";
import type { Key } from "../store/key.ts";
import type { Store } from "../store/store.ts";
import type { Manifest } from "../store/manifest.ts";

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
  const objects = filesBelow(join(store.folder, "objects")), orphans: string[] = [];
  let done = 0, bytes = 0;
  await inParallel(objects, jobs, async (path) => {
    const name = basename(path), { info, digest } = await look(path);
    if (info === undefined) {
      // "gc" took it meanwhile.
    } else if (!isDigest(name) || store.object(name) !== path || !info.isFile) {
      found("foreign file", path, "is not named as an object");
    } else if (digest !== name) {
      damaged.add(name);
      found("object damaged", path, "its bytes are not what its name says", {
        cells: [...new Set(users.get(name))].sort(),
        mend: aside(path, info),
      });
    } else {
      sound.add(name);
      if (!users.has(name)) orphans.push(path);
    }
    bytes += info?.size ?? 0;
    onProgress?.(++done, objects.length);
  });
  return { sound, damaged, orphans, count: objects.length, bytes };
}

/** A file and its digest, both of one moment: runs may put another in its place. */
async function look(path: string) {
  while (true) {
    const info = statIfPresent(path);
    if (!info?.isFile) return { info };
    const digest = await digestIfPresent(path);
    if (isStill(path, info)) return { info, digest };
  }
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
