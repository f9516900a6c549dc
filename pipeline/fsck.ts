/**
 * Looks at everything a store holds: every object is hashed, every manifest and pointer checked, and
 * what crashes left is listed.
 *
 * @module
 */
import { basename, join } from "node:path";
import { attestationsSound } from "./attestation.ts";
import { readCodeRecord } from "./code/code_record.ts";
import { type Digest, isDigest } from "./digest.ts";
import { filesBelow, readJson, writeAtomic } from "./files.ts";
import { type Aside, type Found, openFindings, type StoreReport } from "./fsck_report.ts";
import { type HashingOptions, lookAtObjects } from "./fsck_objects.ts";
import { lookAtWork } from "./fsck_work.ts";
import { type Key, keyOf } from "./key.ts";
import { manifestText, readManifest } from "./manifest.ts";
import { holders, leasesIn, watchLeases, type WatchOptions } from "./owner.ts";
import type { Manifest, Store } from "./store.ts";

/** Options of {@linkcode fsck}. */
export interface FsckOptions extends HashingOptions {
  /** Moves what is damaged, and the manifests that need it, to the quarantine. */
  readonly repair?: boolean;
  /** How owners of leases are watched. */
  readonly watching?: WatchOptions;
}

/** Checks a store; without `repair` nothing is written. */
export async function fsck(store: Store, options: FsckOptions = {}): Promise<StoreReport> {
  const { repair = false } = options, { findings, found, aside } = openFindings(store, repair);
  const pointers = readPointers(store), leases = leasesIn(join(store.folder, "work"));
  // Hashing takes a while in which owners may show that they live.
  leases.forEach(holders(undefined, options.watching));
  // What was published after its object was listed would look as if it lacked the object.
  const { manifests, files } = lookAtManifests(store, pointers, found, aside);
  const { sound, damaged, count, bytes } = await lookAtObjects(
    store,
    manifests,
    options,
    found,
    aside,
  );
  for (const manifest of [...manifests.values()]) {
    const whole = lookAtOutputs(store, manifest, sound, damaged, found);
    if (whole || !repair) continue;
    const path = manifestPath(store, manifest.key);
    found("stale cell", path, "it needs what is not there, so it runs again", {
      fault: false,
      cells: [manifest.cell],
      mend: aside(path),
    });
    manifests.delete(manifest.key);
  }
  lookAtPointers(pointers, manifests, found, aside);
  for (const path of filesBelow(join(store.folder, "code"))) {
    if (!path.endsWith(".json")) continue;
    if (readCodeRecord(path, basename(path, ".json") as Digest) !== undefined) continue;
    found("code record damaged", path, "is not the record that its name says", {
      mend: aside(path),
    });
  }
  lookAtWork(store, found, await watchLeases(leases, options.watching));
  return { objects: count, bytes, manifests: files, findings };
}

/** Which manifest a profile used last for a cell. */
interface Pointer {
  readonly path: string;
  readonly cell: string;
  readonly key?: unknown;
}

const manifestPath = ({ folder }: Store, key: Key) => join(folder, "manifests", `${key}.json`);

function readPointers({ folder }: Store): Pointer[] {
  return filesBelow(join(folder, "latest")).filter((path) => !path.endsWith(".tmp"))
    .map((path) => ({
      path,
      cell: decodeURIComponent(basename(path, ".json").replaceAll(".", ":")),
      key: readJson<{ key: unknown }>(path)?.key,
    }));
}

/** Checks manifests and attestations; returns the sound manifests, and how many files there are. */
function lookAtManifests(
  { folder }: Store,
  pointers: readonly Pointer[],
  found: Found,
  aside: Aside,
): { manifests: Map<Key, Manifest>; files: number } {
  const manifests = new Map<Key, Manifest>(), files = filesBelow(join(folder, "manifests"));
  for (const path of files) {
    const name = basename(path), key = basename(path, ".json");
    if (name.endsWith(".tmp")) continue;
    if (name.endsWith(".attestations.json")) {
      if (!attestationsSound(path)) {
        found("attestation damaged", path, "not all of it is as it was written", {
          mend: aside(path),
        });
      }
      continue;
    }
    const reading = readManifest(path);
    if (!isDigest(key)) found("foreign file", path, "is not named as a manifest");
    else if (
      reading.kind === "sound" && reading.manifest.key === key && keyOf(reading.manifest) === key
    ) {
      const { manifest, sealed } = reading;
      manifests.set(key as Key, manifest);
      if (sealed) continue;
      found("manifest without digest", path, "was written by an earlier version", {
        fault: false,
        cells: [manifest.cell],
        mend: () => {
          writeAtomic(path, manifestText(manifest));
          return "its digest was added";
        },
      });
    } else if (reading.kind !== "missing") {
      // The pointers know the name of a cell whose manifest cannot tell it.
      const cells = pointers.filter((pointer) => pointer.key === key).map(({ cell }) => cell);
      found("manifest damaged", path, "its bytes are not what they were", {
        cells: [...new Set(cells)],
        mend: aside(path),
      });
    }
  }
  return { manifests, files: files.length };
}

/** Whether all outputs of a manifest can be used; notes those that are missing. */
function lookAtOutputs(
  store: Store,
  { key, cell, outputs }: Manifest,
  sound: ReadonlySet<string>,
  damaged: ReadonlySet<string>,
  found: Found,
): boolean {
  let whole = true;
  for (const [name, file] of Object.entries(outputs)) {
    const { digest, size } = file;
    if (sound.has(digest) && store.inspect(file) === undefined) continue;
    whole = false;
    if (damaged.has(digest)) continue;
    const text = sound.has(digest)
      ? `${name} has not the size ${size} that the manifest says`
      : `${name} is not in the store`;
    found("output missing", manifestPath(store, key), text, { cells: [cell] });
  }
  return whole;
}

function lookAtPointers(
  pointers: readonly Pointer[],
  manifests: ReadonlyMap<Key, Manifest>,
  found: Found,
  aside: Aside,
): void {
  for (const { path, cell, key } of pointers) {
    const known = manifests.has(key as Key);
    if (known && Deno.readTextFileSync(path) === JSON.stringify({ key })) continue;
    const text = typeof key !== "string" || known ? "is no pointer" : "its manifest is not there";
    found("pointer damaged", path, text, { cells: [cell], mend: aside(path) });
  }
}
