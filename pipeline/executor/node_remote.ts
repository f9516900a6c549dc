/** A remote store as a node uses it: for what its own store does not have, and for what it leaves. @module */
import type { CellDeclaration } from "../cells/stage.ts";
import { openRemoteCache, type RemoteEvent } from "../remote/cache.ts";
import { fetchRecord } from "../remote/fetch_record.ts";
import { LocalError, type Remote } from "../remote/remote.ts";
import { remoteFailure } from "../remote/remote_failure.ts";
import { readJson } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { type Manifest, readManifest } from "../store/manifest.ts";
import type { Store } from "../store/store.ts";
import type { Attempt } from "./work.ts";

/** What a node takes from a remote store and gives to it. */
export interface NodeRemote {
  /**
   * Brings a finished cell into the node's store; `undefined` if it is not there, or not sound.
   *
   * @param outputs Files that it is to have; those that its manifest names if left out
   */
  readonly take: (
    cell: string,
    key: Key,
    outputs?: readonly string[],
  ) => Promise<Manifest | undefined>;
  /**
   * Gives a finished cell.
   *
   * @throws {Error} If it cannot be written: nobody else would ever see it
   */
  readonly give: (manifest: Manifest) => Promise<void>;
  /** Gives what an attempt says of its end. */
  readonly tell: (key: Key, path: string) => Promise<void>;
}

/** Opens a remote store for a node. */
export function openNodeRemote(
  remote: Remote,
  store: Store,
  onEvent: (event: RemoteEvent) => void,
): NodeRemote {
  let last = "";
  const cache = openRemoteCache(remote, store, (event) => {
    last = event.text;
    onEvent(event);
  });
  const has = async (key: Key) => (await remote.has([{ kind: "manifest", key }])).size === 1;

  /** Names of a cell's files, where only its key is known. */
  async function outputsOf(key: Key): Promise<string[] | undefined> {
    const found = await fetchRecord(remote, store, { kind: "manifest", key }, readManifest);
    return found?.content.kind === "sound"
      ? Object.keys(found.content.manifest.outputs)
      : undefined;
  }

  return {
    async take(id, key, named) {
      const outputs = named ?? await outputsOf(key);
      return outputs && await cache.pull(cellWith(id, outputs), key);
    },
    async give(manifest) {
      const { cell, key, outputs } = manifest;
      last = "";
      await cache.push(manifest);
      if (await has(key)) return;
      // What this node knew of the remote store is no longer so: it looks, and gives again.
      await cache.look(cellWith(cell, Object.keys(outputs)), key);
      await cache.push(manifest);
      if (await has(key)) return;
      throw new Error(
        `Cannot give "${cell}" to the remote store "${remote.place}": ${
          last || "it does not have it now"
        }`,
      );
    },
    async tell(key, path) {
      await remote.put({ kind: "attempt", key }, path, "replace");
    },
  };
}

/** As much of a cell as is asked for its files. */
const cellWith = (id: string, outputs: readonly string[]) =>
  ({ id, stage: { outputs }, parameters: {} }) as unknown as CellDeclaration;

/**
 * How the last attempt to run a cell ended, if a node said so.
 *
 * @throws {RemoteSilent} If the remote store cannot be asked at the moment
 */
export async function remoteAttempt(
  remote: Remote,
  store: Store,
  key: Key,
): Promise<Attempt | undefined> {
  try {
    const found = await fetchRecord(remote, store, { kind: "attempt", key }, readJson<Attempt>);
    return found?.content;
  } catch (error) {
    throw error instanceof LocalError ? error.cause : remoteFailure(remote, "read", error);
  }
}
