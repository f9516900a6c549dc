/**
 * A remote store as a cache: what it has is taken instead of computed, what is computed is given to
 * it. Every byte is hashed on the way in; a remote that fails costs one warning, never the run.
 *
 * @module
 */
import { join } from "node:path";
import { messageOf } from "../../lib/std/message_of.ts";
import { digestOfFile, isDigest } from "../store/digest.ts";
import { removeIfPresent } from "../store/files.ts";
import { type Key, keyOf } from "../store/key.ts";
import { type Manifest, readManifest } from "../store/manifest.ts";
import { LocalError, type Remote } from "./remote.ts";
import { openRecordExchange } from "./records.ts";
import { outputsOf } from "../cells/outputs.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import type { Store } from "../store/store.ts";

/** Takes from a remote and gives to it. */
export interface RemoteCache {
  /** Brings a finished cell into the store; `undefined` if the remote does not have it, sound. */
  readonly pull: (cell: CellDeclaration, key: Key) => Promise<Manifest | undefined>;
  /**
   * The manifest of a finished cell that the remote has in all its parts, sound as far as can be
   * told without reading the outputs; nothing is brought into the store.
   */
  readonly look: (cell: CellDeclaration, key: Key) => Promise<Manifest | undefined>;
  /** Gives a finished cell of the store to the remote, unless it has it. */
  readonly push: (manifest: Manifest) => Promise<void>;
}

/** What is said of a remote, for a person. */
export interface RemoteEvent {
  readonly kind: "note";
  readonly text: string;
}

/** Opens the cache between a store and a remote. */
export function openRemoteCache(
  remote: Remote,
  store: Store,
  onEvent: (event: RemoteEvent) => void,
): RemoteCache {
  let readable = true, writable = true;
  /** Keys that the remote has, and keys of which it has something that is not sound. */
  const there = new Set<Key>(), unsound = new Set<Key>(), exchanged = new Set<Key>();
  const exchange = openRecordExchange(remote, store);
  const note = (text: string) => onEvent({ kind: "note", text });

  /**
   * Fetches and checks one cell's manifest, and its outputs into `outputs` if that is given; tells
   * what is not sound.
   */
  async function fetchInto(
    folder: string,
    outputs: string | undefined,
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
    for (const name of outputsOf(cell)) {
      const { digest } = manifest!.outputs[name], object = { kind: "object", digest } as const;
      const path = outputs && join(outputs, name);
      const present = path ? await remote.get(object, path) : await remote.has(object);
      if (!present) return refuse(remote.where(object), "is missing");
      if (path && await digestOfFile(path) !== digest) {
        return refuse(remote.where(object), `(${name}) is not what its name says`);
      }
    }
    return manifest;
  }

  /**
   * Does something with the remote in a new folder; a remote that cannot be read is given up. A
   * failure of this machine is no reason to.
   */
  async function reading<T>(work: (folder: string) => Promise<T>): Promise<T | undefined> {
    Deno.mkdirSync(store.cache, { recursive: true });
    const folder = Deno.makeTempDirSync({ dir: store.cache, prefix: "remote-" });
    try {
      return await work(folder);
    } catch (error) {
      if (error instanceof LocalError) throw error.cause;
      readable = writable = false;
      note(
        `Cannot read from the remote store "${remote.place}": ${
          messageOf(error)
        }; going on without it`,
      );
    } finally {
      removeIfPresent(folder);
    }
  }

  return {
    async pull(cell, key) {
      if (!readable || unsound.has(key)) return undefined;
      Deno.mkdirSync(store.cache, { recursive: true });
      const outputs = Deno.makeTempDirSync({ dir: store.cache, prefix: "remote-" });
      try {
        const manifest = await reading((folder) => fetchInto(folder, outputs, cell, key));
        if (manifest === undefined) return undefined;
        const { outputs: _, ...rest } = manifest;
        const published = await store.publish(rest, outputs, outputsOf(cell));
        there.add(key);
        note(`${cell.id}: taken from the remote store`);
        await reading(() => exchange(published, false));
        return published;
      } finally {
        removeIfPresent(outputs);
      }
    },
    async look(cell, key) {
      if (!readable || unsound.has(key)) return undefined;
      return await reading((folder) => fetchInto(folder, undefined, cell, key));
    },
    async push(manifest) {
      const { key, outputs } = manifest, name = { kind: "manifest", key } as const;
      if (!writable || exchanged.has(key)) return;
      try {
        if (!there.has(key) && (unsound.has(key) || !await remote.has(name))) {
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
        await exchange(manifest, true);
        exchanged.add(key);
      } catch (error) {
        if (error instanceof LocalError) throw error.cause;
        writable = false;
        note(
          `Cannot write to the remote store "${remote.place}": ${
            messageOf(error)
          }; results stay on this machine`,
        );
      }
    },
  };
}

/** What keeps a manifest from being used for a key, if anything. */
function manifestProblem(
  manifest: Manifest | undefined,
  cell: CellDeclaration,
  key: Key,
): string | undefined {
  const unsound = "is not the manifest that its name says";
  try {
    if (manifest === undefined || manifest.key !== key || keyOf(manifest) !== key) return unsound;
    const names = Object.keys(manifest.outputs).sort().join();
    const sound = names === [...outputsOf(cell)].sort().join() &&
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
