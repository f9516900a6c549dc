/**
 * Looks at everything a store holds: every object is hashed, every manifest is checked and what
 * profiles used last, and what crashes left is listed.
 *
 * @module
 */
import { basename, join, relative } from "node:path";
import { attestationsSound } from "../store/attestation.ts";
import { readCodeRecord } from "../code/code_record.ts";
import { digestIfPresent, isDigest } from "../store/digest.ts";
import { filesBelow, isStill, statIfPresent, writeAtomic } from "../store/files.ts";
import { type Aside, type Found, openFindings, type StoreReport } from "./fsck_report.ts";
import { type HashingOptions, lookAtObjects } from "./fsck_objects.ts";
import { lookAtWork } from "./fsck_work.ts";
import { type Key, keyOf } from "../store/key.ts";
import {
  type Manifest,
  type ManifestReading,
  manifestText,
  readManifest,
} from "../store/manifest.ts";
import { latestEntries, manifestsOf, nameOf } from "../store/manifests.ts";
import { holders, leasesIn, watchLeases, type WatchOptions } from "../store/owner.ts";
import type { Store } from "../store/store.ts";

/** Options of {@linkcode fsck}. */
export interface FsckOptions extends HashingOptions {
  /** Moves what is damaged, and the manifests that need it, to the quarantine. */
  readonly repair?: boolean;
  /** How owners of leases are watched. */
  readonly watching?: WatchOptions;
}

/**
 * Checks a store; without `repair` nothing is written. Runs may go on beside it: what they change
 * meanwhile is judged as it is when its turn comes.
 */
export async function fsck(store: Store, options: FsckOptions = {}): Promise<StoreReport> {
  const { repair = false } = options, { findings, found, aside } = openFindings(store, repair);
  const leases = leasesIn(join(store.folder, "work"));
  // Hashing takes a while in which owners may show that they live.
  leases.forEach(holders(undefined, options.watching));
  // What was published after its object was listed would look as if it lacked the object.
  const { manifests, files } = lookAtManifests(store, found, aside);
  const objects = await lookAtObjects(store, manifests, options, found, aside);
  for (const key of manifests.keys()) {
    const stale = await lookAtOutputs(store, key, objects, found);
    if (stale === undefined || !repair) continue;
    const path = manifestPath(store, key);
    found("stale cell", path, "it needs what is not there, so it runs again", {
      fault: false,
      cells: [stale.cell],
      mend: aside(path, stale.judged),
    });
  }
  lookAtOrphans(store, objects.orphans, found);
  lookAtLatest(store, found, aside);
  lookAtCode(store, found, aside);
  lookAtWork(store, found, await watchLeases(leases, options.watching));
  return { objects: objects.count, bytes: objects.bytes, manifests: files, findings };
}

const manifestPath = ({ folder }: Store, key: Key) => join(folder, "manifests", `${key}.json`);

/** Names of cells whose manifest a damaged one was, as profiles used it last. */
function cellsOf(store: Store, key: string): string[] {
  return [
    ...new Set(latestEntries(store).filter((one) => one.key === key).map(({ cell }) => cell)),
  ];
}

/** Checks manifests and attestations; returns the sound manifests, and how many files there are. */
function lookAtManifests(
  store: Store,
  found: Found,
  aside: Aside,
): { manifests: Map<Key, Manifest>; files: number } {
  const manifests = new Map<Key, Manifest>();
  const files = filesBelow(join(store.folder, "manifests"));
  for (const path of files) {
    const [, key, attestations] = /^(.*?)(\.attestations)?\.json$/.exec(basename(path)) ?? [];
    const judged = statIfPresent(path);
    if (path.endsWith(".tmp") || judged === undefined) continue;
    if (key === undefined || !isDigest(key)) {
      found("foreign file", path, "is not named as a manifest");
    } else if (attestations !== undefined) {
      if (attestationsSound(path)) continue;
      found("attestation damaged", path, "not all of it is as it was written", {
        mend: aside(path, judged),
      });
    } else {
      const reading = readSound(store, key as Key);
      if (reading.kind === "damaged") {
        found("manifest damaged", path, "its bytes are not what they were", {
          cells: cellsOf(store, key),
          mend: aside(path, judged),
        });
      } else if (reading.kind === "sound") {
        const { manifest, sealed } = reading;
        manifests.set(key as Key, manifest);
        if (sealed) continue;
        found("manifest without digest", path, "was written by an earlier version", {
          fault: false,
          cells: [manifest.cell],
          mend: () => {
            if (!isStill(path, judged)) return undefined;
            writeAtomic(path, manifestText(manifest));
            return "its digest was added";
          },
        });
      }
    }
  }
  return { manifests, files: files.length };
}

/** Reads a manifest, which counts as damaged if it is of another key. */
function readSound(store: Store, key: Key): ManifestReading {
  const reading = readManifest(manifestPath(store, key));
  const other = reading.kind === "sound" &&
    (reading.manifest.key !== key || keyOf(reading.manifest) !== key);
  return other ? { kind: "damaged" } : reading;
}

/**
 * Notes outputs of a manifest that cannot be used, as both are by now; says of which cell it is if
 * there are any.
 */
async function lookAtOutputs(
  store: Store,
  key: Key,
  { sound, damaged }: {
    readonly sound: ReadonlySet<string>;
    readonly damaged: ReadonlySet<string>;
  },
  found: Found,
): Promise<{ readonly cell: string; readonly judged: Deno.FileInfo } | undefined> {
  const path = manifestPath(store, key), judged = statIfPresent(path);
  const reading = readManifest(path);
  if (reading.kind !== "sound" || judged === undefined) return undefined;
  const { cell, outputs } = reading.manifest, problems: (string | undefined)[] = [];
  for (const [name, file] of Object.entries(outputs)) {
    const { digest, size } = file, defect = store.inspect(file);
    if (defect === undefined && sound.has(digest)) continue;
    // It may have come after the objects were listed.
    if (defect === undefined && await digestIfPresent(store.object(digest)) === digest) continue;
    problems.push(
      damaged.has(digest)
        ? undefined
        : defect === "missing"
        ? `${name} is not in the store`
        : `${name} has not the size ${size} that the manifest says`,
    );
  }
  // What a run replaced or "gc" took meanwhile is no longer in want of anything.
  if (problems.length === 0 || !isStill(path, judged)) return undefined;
  for (const text of problems) {
    if (text !== undefined) found("output missing", path, text, { cells: [cell] });
  }
  return { cell, judged };
}

function lookAtOrphans(store: Store, orphans: readonly string[], found: Found): void {
  if (orphans.length === 0) return;
  const named = new Set<string>(
    manifestsOf(store).flatMap(({ manifest }) =>
      Object.values(manifest.outputs).map(({ digest }) => digest)
    ),
  );
  for (const path of orphans) {
    if (named.has(basename(path)) || statIfPresent(path) === undefined) continue;
    found("orphan", path, "no manifest names it", { fault: false });
  }
}

/** No file of what a profile used last is longer, bytes. */
const LATEST_BYTES = 128;

function lookAtLatest(store: Store, found: Found, aside: Aside): void {
  const folder = join(store.folder, "latest");
  for (const path of filesBelow(folder)) {
    const judged = statIfPresent(path);
    if (path.endsWith(".tmp") || judged === undefined) continue;
    if (
      !/^[^/\\]+[/\\][^/\\]+\.json$/.test(relative(folder, path)) || judged.size > LATEST_BYTES
    ) {
      found("foreign file", path, "is not named as a cell of a profile, or too large");
      continue;
    }
    const [, key] = /^\{"key":"([\da-f]{64})"\}$/.exec(Deno.readTextFileSync(path)) ?? [];
    if (key !== undefined && readSound(store, key as Key).kind === "sound") continue;
    const text = key === undefined ? "names no manifest" : "its manifest is not there";
    if (!isStill(path, judged)) continue;
    found("latest damaged", path, text, {
      cells: [nameOf(basename(path, ".json"))],
      mend: aside(path, judged),
    });
  }
}

function lookAtCode(store: Store, found: Found, aside: Aside): void {
  for (const path of filesBelow(join(store.folder, "code"))) {
    const digest = basename(path, ".json"), judged = statIfPresent(path);
    if (path.endsWith(".tmp") || judged === undefined) continue;
    if (!isDigest(digest) || store.code(digest) !== path) {
      found("foreign file", path, "is not named as a record of code");
    } else if (readCodeRecord(path, digest) === undefined && isStill(path, judged)) {
      found("code record damaged", path, "is not the record that its name says", {
        mend: aside(path, judged),
      });
    }
  }
}
