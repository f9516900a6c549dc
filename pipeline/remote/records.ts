/**
 * What goes with a finished cell to and from a remote store, and no result depends on: the record of
 * its code, which tells what changed since, and its attestations.
 *
 * @module
 */
import { dirname } from "node:path";
import {
  type Attestation,
  attestations,
  attestationsPath,
  keepAttestations,
  mergedAttestations,
  readAttestations,
} from "../store/attestation.ts";
import { readCodeRecord } from "../code/code_record.ts";
import { digestOf } from "../store/digest.ts";
import { statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { exclusively } from "../store/lease.ts";
import { fetchRecord } from "./fetch_record.ts";
import { forAll } from "./parallel.ts";
import { locally, type Remote, type RemoteName } from "./remote.ts";
import type { Store } from "../store/store.ts";
import type { Manifest } from "../store/manifest.ts";

/** Brings both sides' records of cells together; what is not as it was written is left out. */
export interface RecordExchange {
  /** Takes what this store lacks; false if the remote lacks something, too. */
  readonly take: (manifest: Manifest, signal?: AbortSignal) => Promise<boolean>;
  /** Gives what the remote lacks, and takes the attestations that it has. */
  readonly give: (manifests: readonly Manifest[], signal?: AbortSignal) => Promise<void>;
}

/** How often others may be faster in changing the same attestations. */
const RACES = 30;

/** Says which attestations a store has of a key, in a word. */
export function attestationsState(store: Store, key: Key): string {
  const path = attestationsPath(store, key);
  if (statIfPresent(path) === undefined) return "-";
  return digestOf(Deno.readFileSync(path)).slice(0, 16);
}

/** Opens the exchange between a store and a remote. */
export function openRecordExchange(remote: Remote, store: Store): RecordExchange {
  /** Code that the remote has, or that was looked for in vain: many cells share it. */
  const known = new Set<string>();

  const fetched = <T>(name: RemoteName, read: (path: string) => T, signal?: AbortSignal) =>
    fetchRecord(remote, store, name, read, signal);

  async function takeCode(digest: Manifest["code"], signal?: AbortSignal): Promise<void> {
    const name = { kind: "code", digest } as const, path = store.code(digest);
    if (known.has(digest) || readCodeRecord(path, digest) !== undefined) return;
    known.add(digest);
    await fetched(name, (from) => {
      if (readCodeRecord(from, digest) === undefined) return;
      Deno.mkdirSync(dirname(path), { recursive: true });
      Deno.renameSync(from, path);
    }, signal);
  }

  async function giveCode(digests: readonly Manifest["code"][], signal?: AbortSignal) {
    const names = digests.flatMap((digest) =>
      !known.has(digest) && readCodeRecord(store.code(digest), digest) !== undefined
        ? [{ kind: "code", digest } as const]
        : []
    );
    const there = names.length === 0 ? new Set() : await remote.has(names, signal);
    for (const name of names) {
      if (!there.has(name)) await remote.put(name, store.code(name.digest), "once", signal);
      known.add(name.digest);
    }
  }

  /** Reads both sides, and keeps here what either has. */
  async function merged(key: Key, signal?: AbortSignal) {
    const name = { kind: "attestations", key } as const;
    const found = await fetched(name, readAttestations, signal);
    const there = (found?.content ?? []).filter((one) => one.key === key);
    return { all: await kept(key, there), there, version: found?.version };
  }

  async function kept(key: Key, there: readonly Attestation[]): Promise<readonly Attestation[]> {
    return await locally(() =>
      exclusively(store.lease(key), () => {
        const here = attestations(store, key), all = mergedAttestations(here, there);
        if (all.length > here.length) keepAttestations(store, key, all);
        return all;
      })
    );
  }

  /** Two machines may attest a cell at the same moment: who comes second reads again what is there. */
  async function giveAttestations(key: Key, are: boolean, signal?: AbortSignal): Promise<void> {
    const name = { kind: "attestations", key } as const, path = attestationsPath(store, key);
    if (!are && attestations(store, key).length === 0) return;
    if (!are && await remote.put(name, path, "once", signal) === "written") return;
    for (let tries = 0; tries < RACES; tries++) {
      const { all, there, version } = await merged(key, signal);
      if (all.length <= there.length) return;
      const how = version === undefined ? "once" : { match: version };
      if (await remote.put(name, path, how, signal) === "written") return;
    }
    throw new Error(`the attestations of ${key} change all the time`);
  }

  return {
    async take(manifest, signal) {
      await takeCode(manifest.code, signal);
      const { all, there } = await merged(manifest.key, signal);
      return all.length <= there.length;
    },
    async give(manifests, signal) {
      const codes = [...new Set(manifests.map(({ code }) => code))];
      for (const code of codes) await takeCode(code, signal);
      await giveCode(codes, signal);
      const names = manifests.map(({ key }) => ({ kind: "attestations", key }) as const);
      const are = await remote.has(names, signal);
      await forAll(names, 16, (name) => giveAttestations(name.key, are.has(name), signal));
    },
  };
}
