/**
 * A remote store as a cache: what it has is taken instead of computed, what is computed is given to
 * it. Every byte is hashed on the way in; a remote that fails costs one warning, never the run.
 *
 * @module
 */
import { join } from "node:path";
import { digestOfFile, isDigest } from "./digest.ts";
import type { RunEvent } from "./events.ts";
import { removeIfPresent } from "./files.ts";
import { type Key, keyOf } from "./key.ts";
import { readManifest } from "./manifest.ts";
import type { Remote } from "./remote.ts";
import type { CellDeclaration } from "./stage.ts";
import type { Manifest, Store } from "./store.ts";

/** Takes from a remote and gives to it. */
export interface RemoteCache {
  /** Brings a finished cell into the store; `undefined` if the remote does not have it, sound. */
  readonly pull: (cell: CellDeclaration, key: Key) => Promise<Manifest | undefined>;
  /** Gives a finished cell of the store to the remote, unless it has it. */
  readonly push: (manifest: Manifest) => Promise<void>;
}

/** Opens the cache between a store and a remote. */
export function openRemoteCache(
  remote: Remote,
  store: Store,
  onEvent: (event: RunEvent) => void,
): RemoteCache {
  let readable = true, writable = true;
  /** Keys that the remote has, and keys of which it has something that is not sound. */
  const there = new Set<Key>(), unsound = new Set<Key>();
  const note = (text: string) => onEvent({ kind: "note", text });

  /** Fetches and checks one cell into folders; tells what is not sound. */
  async function fetchInto(
    folder: string,
    outputs: string,
    cell: CellDeclaration,
    key: Key,
  ): Promise<Manifest | undefined> {
    const refuse = (what: string, problem: string) => {
      unsound.add(key);
      note(`${cell.id}: refused from the remote store: "${what}" ${problem}; it is computed here`);
      return undefined;
    };
    const file = join(folder, "manifest.json");
    const manifestName = { kind: "manifest", key } as const;
    if (!await remote.get(manifestName, file)) return undefined;
    const reading = readManifest(file);
    const manifest = reading.kind === "sound" ? reading.manifest : undefined;
    const problem = manifestProblem(manifest, cell, key);
    if (problem !== undefined) return refuse(remote.where(manifestName), problem);
    for (const name of cell.stage.outputs) {
      const { digest } = manifest!.outputs[name], object = { kind: "object", digest } as const;
      const path = join(outputs, name);
      if (!await remote.get(object, path)) return refuse(remote.where(object), "is missing");
      if (await digestOfFile(path) !== digest) {
        return refuse(remote.where(object), `(${name}) is not what its name says`);
      }
    }
    return manifest;
  }

  return {
    async pull(cell, key) {
      if (!readable || unsound.has(key)) return undefined;
      Deno.mkdirSync(store.cache, { recursive: true });
      const folder = Deno.makeTempDirSync({ dir: store.cache, prefix: "remote-" });
      const outputs = join(folder, "outputs");
      Deno.mkdirSync(outputs);
      try {
        const manifest = await fetchInto(folder, outputs, cell, key).catch((error) => {
          readable = writable = false;
          note(
            `Cannot read from the remote store "${remote.place}": ${error.message}; going on ` +
              "without it",
          );
        });
        if (manifest === undefined) return undefined;
        const { outputs: _, ...rest } = manifest;
        const published = await store.publish(rest, outputs, cell.stage.outputs);
        there.add(key);
        note(`${cell.id}: taken from the remote store`);
        return published;
      } finally {
        removeIfPresent(folder);
      }
    },
    async push(manifest) {
      const { key, outputs } = manifest, name = { kind: "manifest", key } as const;
      if (!writable || there.has(key)) return;
      try {
        if (unsound.has(key) || !await remote.has(name)) {
          for (const file of Object.values(outputs)) {
            const object = { kind: "object", digest: file.digest } as const;
            if (!unsound.has(key) && await remote.has(object)) continue;
            // What is damaged here must not spread; the next run that reads it computes it anew.
            if (await store.verify(file) !== undefined) return;
            await remote.put(object, store.object(file.digest));
          }
          await remote.put(name, join(store.folder, "manifests", `${key}.json`));
        }
        there.add(key);
        unsound.delete(key);
      } catch (error) {
        writable = false;
        note(
          `Cannot write to the remote store "${remote.place}": ${
            (error as Error).message
          }; results stay on this machine`,
        );
      }
    },
  };
}

/** What keeps a manifest from being used for a key, if anything. */
function manifestProblem(
  manifest: Manifest | undefined,
  { stage }: CellDeclaration,
  key: Key,
): string | undefined {
  const unsound = "is not the manifest that its name says";
  try {
    if (manifest === undefined || manifest.key !== key || keyOf(manifest) !== key) return unsound;
    const names = Object.keys(manifest.outputs).sort().join();
    const sound = names === [...stage.outputs].sort().join() &&
      Object.values(manifest.outputs).every(({ digest, size }) =>
        isDigest(digest) && Number.isSafeInteger(size)
      ) &&
      Object.values(manifest.metrics).every((value) => typeof value === "number") &&
      typeof manifest.provenance.finished === "string";
    return sound ? undefined : unsound;
  } catch (error) {
    // A record of another shape.
    if (error instanceof TypeError) return unsound;
    throw error;
  }
}
