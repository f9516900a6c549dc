import { basename, dirname, join } from "node:path";
import { type Digest, isDigest } from "./digest.ts";
import { filesBelow, readJson, statIfPresent } from "./files.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import type { Store } from "./store.ts";

/** What a profile used last for a cell. */
export interface LatestEntry {
  readonly profile: string;
  readonly cell: string;
  readonly key: string;
  readonly path: string;
}

/** A name that the store made a file's name of (`store.ts`). */
export function nameOf(file: string): string {
  try {
    return decodeURIComponent(file.replaceAll(".", ":"));
  } catch {
    // The store gives no such names.
    return file;
  }
}

/** What profiles used last, as far as it can be read. */
export function latestEntries({ folder }: Store): LatestEntry[] {
  return filesBelow(join(folder, "latest")).flatMap((path) => {
    const key = path.endsWith(".json") ? readJson<{ key: string }>(path)?.key : undefined;
    if (typeof key !== "string") return [];
    return [{
      profile: nameOf(basename(dirname(path))),
      cell: nameOf(basename(path, ".json")),
      ...{ key, path },
    }];
  });
}

/** Keys of the manifests that profiles used last. */
export function latestKeys(store: Store): Set<string> {
  return new Set(latestEntries(store).map(({ key }) => key));
}

/** All sound manifests of a store. */
export function manifestsOf(
  { folder }: Store,
): { manifest: Manifest; path: string; time: number }[] {
  return filesBelow(join(folder, "manifests")).flatMap((path) => {
    if (!isDigest(basename(path, ".json") as Digest)) return [];
    const reading = readManifest(path);
    return reading.kind === "sound"
      ? [{ manifest: reading.manifest, path, time: changed(path) }]
      : [];
  });
}

/** When a file, or the youngest of a folder's, was last written or moved. */
export function changed(path: string): number {
  const info = statIfPresent(path);
  if (info?.isDirectory) {
    return Math.max(0, info.mtime?.getTime() ?? 0, ...filesBelow(path).map(changed));
  }
  return Math.max(info?.mtime?.getTime() ?? 0, info?.ctime?.getTime() ?? 0);
}
