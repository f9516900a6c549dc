/**
 * What goes with a finished cell to and from a remote store, and no result depends on: the record of
 * its code, which tells what changed since, and its attestations.
 *
 * @module
 */
import { dirname, join } from "node:path";
import {
  attestations,
  attestationsPath,
  keepAttestations,
  mergedAttestations,
  readAttestations,
} from "../store/attestation.ts";
import { readCodeRecord } from "../code/code_record.ts";
import { removeIfPresent } from "../store/files.ts";
import { exclusively } from "../store/lease.ts";
import { locally, type Remote, type RemoteName } from "./remote.ts";
import type { Store } from "../store/store.ts";
import type { Manifest } from "../store/manifest.ts";

/** Brings both sides' records of a cell together; what is not as it was written is left out. */
export interface RecordExchange {
  /** @param gives Whether the remote is given what it lacks, too */
  (manifest: Manifest, gives: boolean): Promise<void>;
}

/** Opens the exchange between a store and a remote. */
export function openRecordExchange(remote: Remote, store: Store): RecordExchange {
  /** Code that the remote has, or that was looked for in vain: many cells share it. */
  const known = new Set<string>();

  /** Fetches a file for as long as `read` takes. */
  async function fetched<T>(name: RemoteName, read: (path: string) => T): Promise<T | undefined> {
    const folder = await locally(() => {
      Deno.mkdirSync(store.cache, { recursive: true });
      return Deno.makeTempDirSync({ dir: store.cache, prefix: "record-" });
    });
    try {
      const path = join(folder, "record.json");
      return await remote.get(name, path) ? await locally(() => read(path)) : undefined;
    } finally {
      removeIfPresent(folder);
    }
  }

  async function exchangeCode({ code: digest }: Manifest, gives: boolean): Promise<void> {
    const name = { kind: "code", digest } as const, path = store.code(digest);
    if (known.has(digest)) return;
    if (readCodeRecord(path, digest) === undefined) {
      known.add(digest);
      await fetched(name, (from) => {
        if (readCodeRecord(from, digest) === undefined) return;
        Deno.mkdirSync(dirname(path), { recursive: true });
        Deno.renameSync(from, path);
      });
    } else if (gives) {
      known.add(digest);
      if (!await remote.has(name)) await remote.put(name, path);
    }
  }

  async function exchangeAttestations({ key }: Manifest, gives: boolean): Promise<void> {
    const name = { kind: "attestations", key } as const;
    const there = (await fetched(name, readAttestations) ?? []).filter((one) => one.key === key);
    const all = await locally(() =>
      exclusively(store.lease(key), () => {
        const here = attestations(store, key), all = mergedAttestations(here, there);
        if (all.length > here.length) keepAttestations(store, key, all);
        return all;
      })
    );
    if (gives && all.length > there.length) await remote.put(name, attestationsPath(store, key));
  }

  return async (manifest, gives) => {
    await exchangeCode(manifest, gives);
    await exchangeAttestations(manifest, gives);
  };
}
