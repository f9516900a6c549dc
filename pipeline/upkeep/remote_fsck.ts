/**
 * Looks at everything a remote store holds: every manifest is read, every object is there in its size,
 * and with `deep` is fetched and hashed.
 *
 * @module
 */
import type { Key } from "../store/key.ts";
import type { Store } from "../store/store.ts";
import { openLedger } from "../remote/ledger.ts";
import type { Remote, RemoteName } from "../remote/remote.ts";
import type { StoreFinding, StoreReport } from "./fsck_report.ts";
import { REMOTE_GRACE_MS } from "./remote_gc.ts";
import { type ByDigest, damagedObjects, listed, readManifests } from "./remote_inventory.ts";

/** Options of {@linkcode fsckRemote}. */
export interface RemoteFsckOptions {
  /** Fetches and hashes every object. */
  readonly deep?: boolean;
  /** Removes what is damaged, and the manifests that need it: who has the cell gives it anew. */
  readonly repair?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly now?: number;
}

/** Checks a remote; without `repair` nothing in it is written. */
export async function fsckRemote(
  remote: Remote,
  store: Store,
  { deep = false, repair = false, onProgress, now = Date.now() }: RemoteFsckOptions = {},
): Promise<StoreReport> {
  const findings: StoreFinding[] = [];
  const found = (
    kind: StoreFinding["kind"],
    path: string,
    text: string,
    cells: readonly string[],
    fault: boolean,
    repaired?: string,
  ) => findings.push({ kind, path, text, cells, fault, ...repaired ? { repaired } : {} });
  const remove = async (name: RemoteName) => {
    if (!repair) return undefined;
    await remote.remove(name);
    return "removed";
  };

  // Manifests before objects: what is given meanwhile has its objects by the time they are listed.
  const manifests = await listed(remote, "manifest");
  const readings = await readManifests(remote, store, manifests.keys());
  const objects = await listed(remote, "object"), damaged = new Map<string, string>();
  const cellsOf = new Map<string, string[]>();
  for (const reading of readings.values()) {
    if (reading.kind !== "sound") continue;
    for (const { digest, size } of Object.values(reading.manifest.outputs)) {
      cellsOf.set(digest, [...cellsOf.get(digest) ?? [], reading.manifest.cell]);
      const there = objects.get(digest)?.size;
      if (there === undefined || there === size) continue;
      damaged.set(digest, `has ${there} bytes, its manifest says ${size}`);
    }
  }
  if (deep) {
    const names = [...objects.values()].map(({ name }) => name as ByDigest);
    const onDone = (count: number) => onProgress?.(count, names.length);
    for (const { digest } of await damagedObjects(remote, store, names, onDone)) {
      damaged.set(digest, "its bytes are not what its name says");
    }
  }
  for (const [digest, text] of damaged) {
    const { name } = objects.get(digest)!;
    const repaired = await remove(name);
    found("object damaged", remote.where(name), text, cellsOf.get(digest) ?? [], true, repaired);
  }
  for (const [key, reading] of readings) {
    const name = { kind: "manifest", key: key as Key } as const, path = remote.where(name);
    if (reading.kind !== "sound") {
      const text = "is not the manifest that its name says";
      if (reading.kind === "damaged") {
        found("manifest damaged", path, text, [], true, await remove(name));
      }
      continue;
    }
    const { cell, outputs } = reading.manifest;
    const missing = Object.entries(outputs).filter(([, { digest }]) => !objects.has(digest));
    if (missing.length > 0) {
      const text = `${missing.map(([output]) => output).join(", ")} is not in the remote store`;
      found("output missing", path, text, [cell], true, await remove(name));
    } else if (Object.values(outputs).some(({ digest }) => damaged.has(digest))) {
      const text = "it needs what is damaged, so it is given or computed again";
      found("stale cell", path, text, [cell], false, await remove(name));
    }
  }
  for (const [digest, { name }] of objects) {
    if (cellsOf.has(digest) || damaged.has(digest)) continue;
    found("orphan", remote.where(name), "no manifest names it", [], false);
  }
  for (const { where, begun, discard } of await remote.unfinished()) {
    const old = now - begun >= REMOTE_GRACE_MS;
    if (repair && old) await discard();
    const text = `an upload that began ${new Date(begun).toISOString()} and has not ended`;
    found("unfinished upload", where, text, [], false, repair && old ? "discarded" : undefined);
  }
  // The next run asks for all of it, and brings along what others have attested.
  openLedger(store, remote.place).clear();
  const bytes = [...objects.values()].reduce((sum, { size }) => sum + size, 0);
  return { objects: objects.size, bytes, manifests: manifests.size, findings };
}
