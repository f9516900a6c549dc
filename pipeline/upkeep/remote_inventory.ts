/** What a remote store holds, for `gc --remote` and `fsck --remote`. @module */
import { join } from "node:path";
import { removeIfPresent } from "../store/files.ts";
import { keyOf } from "../store/key.ts";
import { type ManifestReading, readManifest } from "../store/manifest.ts";
import type { Store } from "../store/store.ts";
import { forAll } from "../remote/parallel.ts";
import type { Remote, RemoteEntry, RemoteName } from "../remote/remote.ts";

/** A thing of a kind whose name is a digest. */
export type ByDigest = Extract<RemoteName, { readonly kind: "object" }>;

/** A thing of a kind whose name is a key. */
export type ByKey = Extract<RemoteName, { readonly kind: "manifest" }>;

/** Things that are exchanged at a time. */
export const AT_A_TIME = 16;

/** All things of a kind, by digest or key. */
export async function listed(
  remote: Remote,
  kind: RemoteName["kind"],
): Promise<Map<string, RemoteEntry>> {
  const entries = new Map<string, RemoteEntry>();
  for await (const entry of remote.list(kind)) {
    entries.set("key" in entry.name ? entry.name.key : entry.name.digest, entry);
  }
  return entries;
}

/** Does something with a thing's local copy, many at a time; `undefined` where it is gone. */
export async function withCopies<T>(
  remote: Remote,
  store: Store,
  names: readonly RemoteName[],
  work: (path: string | undefined, name: RemoteName) => T | Promise<T>,
): Promise<T[]> {
  Deno.mkdirSync(store.cache, { recursive: true });
  const folder = Deno.makeTempDirSync({ dir: store.cache, prefix: "remote-" });
  try {
    return await forAll(names, AT_A_TIME, async (name, index) => {
      const path = join(folder, `${index}`);
      const there = await remote.get(name, path) !== undefined;
      try {
        return await work(there ? path : undefined, name);
      } finally {
        removeIfPresent(path);
      }
    });
  } finally {
    removeIfPresent(folder);
  }
}

/** Reads manifests of a remote, by key. */
export async function readManifests(
  remote: Remote,
  store: Store,
  keys: Iterable<string>,
): Promise<Map<string, ManifestReading>> {
  const names = [...keys].map((key) => ({ kind: "manifest", key }) as ByKey);
  const readings = await withCopies(remote, store, names, (path, name): ManifestReading => {
    const reading = path === undefined ? { kind: "missing" } as const : readManifest(path);
    if (reading.kind !== "sound") return reading;
    const { key } = name as ByKey, { manifest } = reading;
    return manifest.key === key && keyOf(manifest) === key ? reading : { kind: "damaged" };
  });
  return new Map(names.map(({ key }, index) => [key, readings[index]]));
}
