/**
 * What a store holds, and who needs it.
 *
 * Roots are what lockfiles and pins name, the manifests that profiles used last, and all that a
 * cell holds that runs, or reads that was handed over.
 *
 * @module
 */
import { basename, join, relative } from "node:path";
import { isDigest } from "../store/digest.ts";
import { filesBelow, isAside, readJson, statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { changed, latestKeys, manifestsOf } from "../store/manifests.ts";
import { type Holders, holders, leasesIn } from "../store/owner.ts";
import { type HandedOver, handedOver } from "./handed_over.ts";
import { pins } from "./pins.ts";
import type { Store } from "../store/store.ts";

/** A finished cell, or something else of the store that can be collected. */
export interface StoreItem {
  readonly kind: "cell" | "object" | "work" | "code" | "quarantine" | "trash" | HandedOver["kind"];
  /** The cell, or a path relative to the store. */
  readonly name: string;
  readonly stage?: string;
  readonly key?: Key;
  readonly reachable: boolean;
  /** Bytes that nothing before it in the list has. */
  readonly size: number;
  /** When it was last written, milliseconds since 1970. */
  readonly time: number;
  /** All of its files, relative to the store. */
  readonly paths: readonly string[];
}

/**
 * All that a store holds, what is needed first. What lies there under a name that the store does not
 * give is not the store's, and not counted.
 *
 * @param keys What must stay, for example what lockfiles name
 * @param holder Who holds leases; of those that were not watched, every owner counts as alive
 */
export function inventory(
  store: Store,
  keys: Iterable<string> = [],
  holder: Holders = holders(),
): StoreItem[] {
  const { folder } = store;
  const roots = new Set<string>([...keys, ...Object.keys(pins(store)), ...latestKeys(store)]);
  const handed = handedOver(store, holder);
  for (const key of handed.inputs) roots.add(key);
  const held = heldObjects(store, roots, holder);
  const manifests = manifestsOf(store).sort((a, b) =>
    Number(roots.has(b.manifest.key)) - Number(roots.has(a.manifest.key)) || b.time - a.time
  );
  const counted = new Set<string>(), items: StoreItem[] = [];
  // What cells that stay share with others belongs to those that stay.
  for (const { manifest, path, time } of manifests) {
    const { key, cell, stage, outputs } = manifest;
    const reachable = roots.has(key), paths = [path];
    const attestations = path.replace(/\.json$/, ".attestations.json");
    if (statIfPresent(attestations) !== undefined) paths.push(attestations);
    for (const { digest } of Object.values(outputs)) {
      if (counted.has(digest) || (!reachable && held.has(digest))) continue;
      counted.add(digest);
      paths.push(store.object(digest));
    }
    items.push(item({ kind: "cell", name: cell, stage, key, reachable, time, paths }));
  }
  for (const path of filesBelow(join(folder, "objects"))) {
    const digest = basename(path);
    if (counted.has(digest) || !isDigest(digest) || path !== store.object(digest)) continue;
    items.push(loose("object", [path], held.has(digest)));
  }
  for (const name of workOf(store)) {
    const paths = [store.work(name), store.lease(name)].filter((path) => statIfPresent(path));
    const inUse = holder(store.lease(name)) !== undefined || handed.waiting.has(name);
    items.push(loose("work", paths, inUse));
  }
  for (const { kind, paths, reachable } of handed.items) items.push(loose(kind, paths, reachable));
  const codes = new Set<string>(
    manifests.filter(({ manifest }) => roots.has(manifest.key)).map(({ manifest }) =>
      manifest.code
    ),
  );
  for (const path of filesBelow(join(folder, "code"))) {
    const digest = basename(path, ".json");
    if (!isDigest(digest) || path !== store.code(digest)) continue;
    items.push(loose("code", [path], codes.has(digest)));
  }
  for (const path of filesBelow(store.quarantine)) {
    if (isAside(basename(path))) items.push(loose("quarantine", [path], false));
  }
  for (const bin of trashBins(store)) {
    for (const path of filesBelow(bin)) items.push(loose("trash", [path], false));
  }
  return items;

  function loose(kind: StoreItem["kind"], paths: string[], reachable: boolean): StoreItem {
    return item({
      kind,
      name: relative(folder, paths[0]),
      reachable,
      time: Math.max(...paths.map(changed)),
      paths,
    });
  }

  function item(parts: Omit<StoreItem, "size">): StoreItem {
    const size = parts.paths.flatMap((path) =>
      statIfPresent(path)?.isDirectory ? filesBelow(path) : [path]
    ).reduce((sum, path) => sum + (statIfPresent(path)?.size ?? 0), 0);
    return { ...parts, size, paths: parts.paths.map((path) => relative(folder, path)) };
  }
}

/** Keys of cells that someone works on or left unfinished: with a folder, a lease or both. */
function workOf({ folder }: Store): Key[] {
  const work = join(folder, "work");
  const names = statIfPresent(work) ? [...Deno.readDirSync(work)] : [];
  return [...new Set(names.map(({ name }) => basename(name, ".lease")))].filter(isDigest)
    .map((name) => name as unknown as Key);
}

/** Folders in the trash: what one collection took each, which died before it deleted them. */
export function trashBins({ folder }: Store): string[] {
  const trash = join(folder, "trash");
  if (statIfPresent(trash) === undefined) return [];
  return [...Deno.readDirSync(trash)].filter(({ name }) => /^[\da-f-]{36}$/.test(name))
    .map(({ name }) => join(trash, name));
}

/** Objects of manifests that stay, and what running cells read. */
function heldObjects(store: Store, roots: Set<string>, holder: Holders): Set<string> {
  const held = new Set<string>();
  for (const path of leasesIn(join(store.folder, "work"))) {
    const owner = holder(path), key = basename(path, ".lease") as Key;
    if (owner === undefined) continue;
    roots.add(key);
    for (const digest of owner.reads ?? readsOfJob(store, key)) held.add(digest);
  }
  for (const { manifest } of manifestsOf(store)) {
    if (!roots.has(manifest.key)) continue;
    for (const { digest } of Object.values(manifest.outputs)) held.add(digest);
  }
  return held;
}

/** What a cell reads whose lease an earlier version wrote. */
function readsOfJob(store: Store, key: Key): string[] {
  const job = readJson<{ inputs: Record<string, Record<string, string>> }>(
    join(store.work(key), "job.json"),
  );
  if (job === undefined) {
    throw new Error(
      "Cannot tell what may go: a cell is just starting; run the command again in a moment",
    );
  }
  return Object.values(job.inputs).flatMap((files) =>
    Object.values(files).map((path) => basename(path))
  );
}
