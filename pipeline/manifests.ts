import { basename, join } from "node:path";
import { type Digest, isDigest } from "./digest.ts";
import { filesBelow, readJson, statIfPresent } from "./files.ts";
import { readManifest } from "./manifest.ts";
import type { Manifest, Store } from "./store.ts";

/** Keys of the manifests that profiles used last. */
export function pointedKeys({ folder }: Store): Set<string> {
  return new Set(
    filesBelow(join(folder, "latest")).flatMap((path) =>
      readJson<{ key: string }>(path)?.key ?? []
    ),
  );
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
