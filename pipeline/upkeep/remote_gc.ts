/**
 * What is old in a remote store. Others use it, too, and nobody here knows what they need: age alone
 * decides, and what lockfiles and pins here name.
 *
 * @module
 */
import { openLedger } from "../remote/ledger.ts";
import { forAll } from "../remote/parallel.ts";
import type { Remote, RemoteEntry, RemoteName, Unfinished } from "../remote/remote.ts";
import type { Manifest } from "../store/manifest.ts";
import type { Store } from "../store/store.ts";
import { pins } from "./pins.ts";
import { AT_A_TIME, listed, readManifests } from "./remote_inventory.ts";

/** What was written so recently may belong to somebody who is not done, milliseconds. */
export const REMOTE_GRACE_MS = 24 * 3_600_000;

/** What to collect of a remote. */
export interface RemotePolicy {
  /** Keys that must stay: those of lockfiles. */
  readonly keys: Iterable<string>;
  /** Only what was written so long ago, milliseconds; a day at least. */
  readonly olderThan: number;
  readonly now?: number;
}

/** A thing that goes. */
export interface RemoteItem {
  readonly kind: "cell" | "object" | "code" | "attempt" | "attestations" | "upload";
  /** Cell, or place. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was written, milliseconds since 1970. */
  readonly time: number;
  readonly entry?: RemoteEntry;
  readonly upload?: Unfinished;
}

type Listed = readonly [id: string, entry: RemoteEntry];

/** What a policy would collect of a remote, cells first. */
export async function wouldCollectRemote(
  remote: Remote,
  store: Store,
  { keys, olderThan, now = Date.now() }: RemotePolicy,
): Promise<RemoteItem[]> {
  const before = now - Math.max(olderThan, REMOTE_GRACE_MS);
  const kept = new Set([...keys, ...Object.keys(pins(store))]);
  const isOld = ({ written }: RemoteEntry) => written < before;
  // Objects before manifests: what is given meanwhile is young, or named by a manifest that is read.
  const [objects, codes, attempts, attested] = await Promise.all(
    (["object", "code", "attempt", "attestations"] as const).map((kind) => listed(remote, kind)),
  );
  const manifests = await listed(remote, "manifest");
  const readings = await readManifests(remote, store, manifests.keys());
  const goes = new Set(
    [...manifests].filter(([key, entry]) => isOld(entry) && !kept.has(key)).map(([key]) => key),
  );
  const staying = [...readings].flatMap(([key, reading]) =>
    !goes.has(key) && reading.kind === "sound" ? [reading.manifest] : []
  );
  const named = namedBy(staying);
  const item = (kind: RemoteItem["kind"], entry: RemoteEntry, name: string): RemoteItem => ({
    ...{ kind, name, size: entry.size, time: entry.written, entry },
  });
  const loose = (kind: RemoteName["kind"] & RemoteItem["kind"], entries: Iterable<Listed>) =>
    [...entries].filter(([id, entry]) => isOld(entry) && !named.has(id) && !kept.has(id))
      .map(([, entry]) => item(kind, entry, remote.where(entry.name)));
  const uploads = (await remote.unfinished()).filter(({ begun }) => begun < before);
  return [
    ...[...goes].map((key) => {
      const reading = readings.get(key)!, entry = manifests.get(key)!;
      const { cell } = reading.kind === "sound" ? reading.manifest : { cell: undefined };
      return item("cell", entry, cell ?? remote.where(entry.name));
    }),
    ...loose("object", objects),
    ...loose("code", codes),
    ...loose("attempt", attempts),
    // What was cut off between a manifest and what goes with it.
    ...loose("attestations", [...attested].filter(([key]) => !manifests.has(key))),
    ...uploads.map((upload) => ({
      ...{ kind: "upload" as const, name: upload.where, size: 0, time: upload.begun, upload },
    })),
  ];
}

/** Digests that manifests name: of outputs and of code. */
function namedBy(manifests: readonly Manifest[]): Set<string> {
  return new Set(
    manifests.flatMap(({ outputs, code }) => [
      code,
      ...Object.values(outputs).map(({ digest }) => digest),
    ]),
  );
}

/**
 * Removes what {@linkcode wouldCollectRemote} found, manifests first: whoever is cut off leaves objects
 * without a manifest, never the other way round.
 *
 * @returns What was removed
 */
export async function collectRemote(
  remote: Remote,
  store: Store,
  items: readonly RemoteItem[],
): Promise<RemoteItem[]> {
  const ledger = openLedger(store, remote.place);
  const keys = items.flatMap(({ kind, entry }) =>
    kind === "cell" && "key" in entry!.name ? [entry!.name.key] : []
  );
  ledger.drop(keys);
  await forAll(keys, AT_A_TIME, (key) => remote.remove({ kind: "manifest", key }));
  // Somebody may have come since all was looked at, with a new cell or one of these, of which old
  // objects were there already: such manifests are young.
  const young = [...await listed(remote, "manifest")]
    .filter(([, { written }]) => !(written < Date.now() - REMOTE_GRACE_MS))
    .map(([key]) => key);
  const back = new Set(young), gone = keys.filter((key) => !back.has(key));
  await forAll(gone, AT_A_TIME, (key) => remote.remove({ kind: "attestations", key }));
  const readings = await readManifests(remote, store, young);
  const named = namedBy(
    [...readings.values()].flatMap((one) => one.kind === "sound" ? [one.manifest] : []),
  );
  const isWanted = ({ name }: RemoteEntry) =>
    "digest" in name ? named.has(name.digest) : back.has(name.key);
  const rest = items.filter(({ kind, entry }) =>
    kind !== "cell" && (entry === undefined || !isWanted(entry))
  );
  await forAll(rest, AT_A_TIME, async ({ entry, upload }) => {
    if (entry !== undefined) await remote.remove(entry.name);
    await upload?.discard();
  });
  return [...items.filter(({ kind }) => kind === "cell"), ...rest];
}
