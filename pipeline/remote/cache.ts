/**
 * A remote store as a cache: what it has is taken instead of computed, what is computed is given to
 * it. Every byte is hashed on the way in; a remote that fails costs one warning, never the run.
 *
 * @module
 */
import { messageOf } from "../../lib/std/message_of.ts";
import { outputsOf } from "../cells/outputs.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { removeIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import type { Manifest } from "../store/manifest.ts";
import type { Store } from "../store/store.ts";
import { type CellRequest, fetchCell } from "./fetch_cell.ts";
import { openGiving } from "./giving.ts";
import { openLedger } from "./ledger.ts";
import { attestationsState, openRecordExchange } from "./records.ts";
import { LocalError, type Remote } from "./remote.ts";
import { remoteFailure } from "./remote_failure.ts";

type Fetch = (
  cell: CellDeclaration,
  key: Key,
  signal?: AbortSignal,
) => Promise<Manifest | undefined>;

/** What is taken from a remote and given to it. */
export interface RemoteExchange {
  /** Brings a finished cell into the store; `undefined` if the remote does not have it, sound. */
  readonly pull: Fetch;
  /**
   * Gives what the remote lacks of many cells, whatever is known: others may have removed some, and
   * who will look for these has no other place.
   */
  readonly ensureAll: (manifests: readonly Manifest[], signal?: AbortSignal) => Promise<void>;
}

/** Takes from a remote and gives to it. */
export interface RemoteCache extends RemoteExchange {
  /**
   * The manifest of a finished cell that the remote has in all its parts, sound as far as can be
   * told without reading the outputs; nothing is brought into the store.
   */
  readonly look: Fetch;
  /** Gives a finished cell of the store to the remote, unless it has it. */
  readonly push: (manifest: Manifest, signal?: AbortSignal) => Promise<void>;
  /** Gives many cells at once; asks nothing if all of them are known to be there. */
  readonly pushAll: (manifests: readonly Manifest[], signal?: AbortSignal) => Promise<void>;
  /** For who cannot go on without the remote: what fails is an error each time, and none is final. */
  readonly needed: RemoteExchange;
}

/** What is said of a remote, for a person. */
export interface RemoteEvent {
  readonly kind: "note";
  readonly text: string;
}

/** A remote that cannot be read; `cause` says why. */
class ReadingFailed extends Error {}

/** Opens the cache between a store and a remote. */
export function openRemoteCache(
  remote: Remote,
  store: Store,
  onEvent: (event: RemoteEvent) => void,
): RemoteCache {
  let readable = true, writable = true;
  /** Keys of which the remote has something that is not sound. */
  const unsound = new Set<Key>();
  const ledger = openLedger(store, remote.place);
  const exchange = openRecordExchange({
    ...remote,
    get: (name, to, signal) =>
      remote.get(name, to, signal).catch((error) => {
        throw error instanceof LocalError
          ? error
          : new ReadingFailed(messageOf(error), { cause: error });
      }),
  }, store);
  const giving = openGiving(remote, store, { ledger, unsound });
  const note = (text: string) => onEvent({ kind: "note", text });

  /** Says once that something cannot be done; a failure of this machine is no reason to. */
  function giveUp(what: "read" | "write", error: unknown, needed = false): void {
    if (error instanceof LocalError) throw error.cause;
    if (needed) throw remoteFailure(remote, what, error);
    const said = what === "read" ? !readable : !writable;
    if (what === "read") readable = false;
    else writable = false;
    if (said) return;
    const end = what === "read" ? "going on without it" : "results stay on this machine";
    note(`${remoteFailure(remote, what, error).message}; ${end}`);
  }

  /** Fetches and checks one cell; tells what is not sound. */
  async function fetched(request: CellRequest): Promise<Manifest | undefined> {
    const { cell, key } = request, answer = await fetchCell(remote, request);
    if (answer.kind === "sound") return answer.manifest;
    giving.misses(key);
    if (answer.kind === "missing") return undefined;
    const { what, problem } = answer;
    unsound.add(key);
    note(`${cell.id}: refused from the remote store: "${what}" ${problem}; it is computed here`);
  }

  /** Does something with the remote in a new folder; a remote that cannot be read is given up. */
  async function reading<T>(
    work: (folder: string) => Promise<T>,
    signal?: AbortSignal,
    needed = false,
  ): Promise<T | undefined> {
    Deno.mkdirSync(store.cache, { recursive: true });
    const folder = Deno.makeTempDirSync({ dir: store.cache, prefix: "remote-" });
    try {
      return await work(folder);
    } catch (error) {
      if (signal?.aborted) return undefined;
      giveUp("read", error instanceof ReadingFailed ? error.cause : error, needed);
    } finally {
      removeIfPresent(folder);
    }
  }

  async function give(
    manifests: readonly Manifest[],
    signal?: AbortSignal,
    { trusted = true, needed = false } = {},
  ): Promise<void> {
    if (!writable && !needed) return;
    try {
      if (!trusted) await giving.recheck(manifests, signal);
      const given = await giving.give(manifests, signal);
      if (given.length === 0) return;
      if (!readable && !needed) return;
      // before the exchange: what is attested here meanwhile is given the next time
      const states = given.map(({ key }) => [key, attestationsState(store, key)] as const);
      await exchange.give(given, signal);
      ledger.note(states);
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof ReadingFailed) giveUp("read", error.cause, needed);
      else giveUp("write", error, needed);
    }
  }

  const exchangeOf = (needed: boolean): RemoteExchange => ({
    async pull(cell, key, signal) {
      if (!readable && !needed || unsound.has(key)) return undefined;
      Deno.mkdirSync(store.cache, { recursive: true });
      const outputs = Deno.makeTempDirSync({ dir: store.cache, prefix: "remote-" });
      try {
        const manifest = await reading(
          (folder) => fetched({ cell, key, folder, outputs, signal }),
          signal,
          needed,
        );
        if (manifest === undefined) return undefined;
        const { outputs: _, ...rest } = manifest;
        const published = await store.publish(rest, outputs, outputsOf(cell));
        note(`${cell.id}: taken from the remote store`);
        const same = await reading(() => exchange.take(published, signal), signal, needed);
        giving.has(key);
        if (same) ledger.note([[key, attestationsState(store, key)]]);
        return published;
      } finally {
        removeIfPresent(outputs);
      }
    },
    ensureAll: (manifests, signal) => give(manifests, signal, { trusted: false, needed }),
  });

  return {
    ...exchangeOf(false),
    needed: exchangeOf(true),
    async look(cell, key, signal) {
      if (!readable || unsound.has(key)) return undefined;
      return await reading((folder) => fetched({ cell, key, folder, signal }), signal);
    },
    push: (manifest, signal) => give([manifest], signal),
    pushAll: (manifests, signal) => give(manifests, signal),
  };
}
