/** What a remote store holds, for `gc --remote` and `fsck --remote`. @module */
import { join } from "node:path";
import { type Digest, digestOfFile } from "../store/digest.ts";
import { removeIfPresent } from "../store/files.ts";
import { type Key, keyOf } from "../store/key.ts";
import { type ManifestReading, readManifest } from "../store/manifest.ts";
import type { Store } from "../store/store.ts";
import { forAll } from "../remote/parallel.ts";
import type { Remote, RemoteEntry, RemoteName } from "../remote/remote.ts";

/** A thing of a kind whose name is a digest. */
export type ByDigest = Extract<RemoteName, { readonly digest: Digest }>;

/** A thing of a kind whose name is a key. */
export type ByKey = Extract<RemoteName, { readonly key: Key }>;

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

/**
 * Reads manifests of a remote, by key. What looks damaged is fetched twice: it may have been damaged
 * on its way, and what it names would be removed.
 */
export async function readManifests(
  remote: Remote,
  store: Store,
  keys: Iterable<string>,
): Promise<Map<string, ManifestReading>> {
  const readings = new Map<string, ManifestReading>();
  async function read(names: readonly ByKey[]): Promise<void> {
    await withCopies(remote, store, names, (path, name) => {
      const { key } = name as ByKey;
      readings.set(key, path === undefined ? { kind: "missing" } : readingOf(path, key));
    });
  }
  const names = [...keys].map((key) => ({ kind: "manifest", key }) as ByKey);
  await read(names);
  await read(names.filter(({ key }) => readings.get(key)?.kind === "damaged"));
  return new Map(names.map(({ key }) => [key, readings.get(key)!]));
}

/** What a copy of a key's manifest turns out to be. */
function readingOf(path: string, key: string): ManifestReading {
  const reading = readManifest(path);
  if (reading.kind !== "sound") return reading;
  const { manifest } = reading;
  return manifest.key === key && keyOf(manifest) === key ? reading : { kind: "damaged" };
}

/** Those of many objects whose bytes are not what their names say, fetched twice like manifests. */
export async function damagedObjects(
  remote: Remote,
  store: Store,
  objects: readonly ByDigest[],
  onDone: (count: number) => void = () => {},
): Promise<readonly ByDigest[]> {
  let done = 0;
  const damagedOf = async (names: readonly ByDigest[]) => {
    const found: ByDigest[] = [];
    await withCopies(remote, store, names, async (path, name) => {
      const object = name as ByDigest;
      if (path !== undefined && await digestOfFile(path) !== object.digest) found.push(object);
      onDone(Math.min(++done, objects.length));
    });
    return found;
  };
  return await damagedOf(await damagedOf(objects));
}
