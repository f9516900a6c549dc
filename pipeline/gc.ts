/**
 * What a store holds, who needs it, and how what nobody needs is collected.
 *
 * Roots are what lockfiles and pins name, the manifests that profiles used last, and all that a
 * running cell holds.
 *
 * @module
 */
import { basename, dirname, join, relative } from "node:path";
import { type Digest, isDigest } from "./digest.ts";
import { readJson, removeIfPresent, statIfPresent, writeAtomic } from "./files.ts";
import { filesBelow, leaseOwner, ownerGone } from "./fsck.ts";
import type { Key } from "./key.ts";
import { exclusively } from "./lease.ts";
import { readManifest } from "./manifest.ts";
import type { Manifest, Store } from "./store.ts";

/** What was published so recently may belong to a run that is not done, milliseconds. */
export const GRACE_MS = 3_600_000;

/** What to collect. */
export interface Policy {
  /** Keys that must stay, for example those of lockfiles. */
  readonly keys?: Iterable<string>;
  /** Only what was finished so long ago, milliseconds. */
  readonly olderThan?: number;
  /** Only, and oldest first, until what the store holds is no larger, bytes. */
  readonly keep?: number;
  /** Age below which nothing is collected whatever else is said, milliseconds. */
  readonly grace?: number;
}

/** A finished cell, or something else of the store that can be collected. */
export interface Item {
  readonly kind: "cell" | "object" | "work" | "code" | "trash";
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

const pinsFile = (store: Store) => join(store.folder, "pins.json");

/** Keys that stay, with the names of their cells. */
export function pins(store: Store): Readonly<Record<string, string>> {
  return readJson<Record<string, string>>(pinsFile(store)) ?? {};
}

/**
 * Pins the manifests that profiles used last for a cell; returns how many.
 *
 * @throws {RangeError} If no profile has a finished one
 */
export function pin(store: Store, cell: string): number {
  const keys = manifestsOf(store).filter(({ manifest }) => manifest.cell === cell)
    .map(({ manifest }) => manifest.key).filter((key) => pointedKeys(store).has(key));
  if (keys.length === 0) {
    throw new RangeError(
      `Cannot pin "${cell}": expected a cell that has finished; run "deno task status"`,
    );
  }
  const all = { ...pins(store), ...Object.fromEntries(keys.map((key) => [key, cell])) };
  writeAtomic(pinsFile(store), JSON.stringify(all, null, 2) + "\n");
  return keys.length;
}

/** All that a store holds, what is needed first. */
export function inventory(store: Store, keys: Iterable<string> = []): Item[] {
  const { folder } = store;
  const roots = new Set<string>([...keys, ...Object.keys(pins(store)), ...pointedKeys(store)]);
  const held = heldObjects(store, roots);
  const manifests = manifestsOf(store).sort((a, b) =>
    Number(roots.has(b.manifest.key)) - Number(roots.has(a.manifest.key)) || b.time - a.time
  );
  const counted = new Set<string>(), items: Item[] = [];
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
    if (counted.has(digest)) continue;
    items.push(loose("object", path, held.has(digest)));
  }
  const work = join(folder, "work");
  for (
    const name of statIfPresent(work) ? [...Deno.readDirSync(work)].map(({ name }) => name) : []
  ) {
    if (isDigest(name)) items.push(loose("work", join(work, name), isLive(store, name as Key)));
  }
  const codes = new Set<string>(
    manifests.filter(({ manifest }) => roots.has(manifest.key)).map(({ manifest }) =>
      manifest.code
    ),
  );
  for (const path of filesBelow(join(folder, "code"))) {
    items.push(loose("code", path, codes.has(basename(path, ".json"))));
  }
  for (const path of filesBelow(join(folder, "trash"))) items.push(loose("trash", path, false));
  return items;

  function loose(kind: Item["kind"], path: string, reachable: boolean): Item {
    return item({
      kind,
      name: relative(folder, path),
      reachable,
      time: changed(path),
      paths: [path],
    });
  }

  function item(parts: Omit<Item, "size">): Item {
    const size = parts.paths.flatMap((path) =>
      statIfPresent(path)?.isDirectory ? filesBelow(path) : [path]
    ).reduce((sum, path) => sum + (statIfPresent(path)?.size ?? 0), 0);
    return { ...parts, size, paths: parts.paths.map((path) => relative(folder, path)) };
  }
}

/** What a policy collects of an inventory, oldest first. */
export function collectable(items: readonly Item[], policy: Policy, now = Date.now()): Item[] {
  const { olderThan = 0, keep = 0, grace = GRACE_MS } = policy;
  const least = Math.max(olderThan, grace);
  let total = items.reduce((sum, { size }) => sum + size, 0);
  const old = items.filter(({ kind, reachable, time }) =>
    !reachable && (kind === "trash" || now - time >= least)
  );
  const stays = new Set(items.filter((item) => !old.includes(item)).flatMap(({ paths }) => paths));
  return old.sort((a, b) => a.time - b.time).flatMap((item) => {
    if (total <= keep) return [];
    total -= item.size;
    return [{ ...item, paths: item.paths.filter((path) => !stays.has(path)) }];
  });
}

/**
 * Collects: while no cell can start, moves to the store's trash in which nobody reads; deletes then.
 *
 * @returns What was collected
 * @throws {Error} If a cell is just starting, of which it is not known yet what it reads
 */
export async function collect(store: Store, policy: Policy): Promise<Item[]> {
  const trash = join(store.folder, "trash"), name: string = crypto.randomUUID();
  const bin = join(trash, name), bins = [name];
  const collected = await exclusively(join(store.folder, "work", "gc"), () => {
    const items = collectable(inventory(store, policy.keys), policy);
    bins.push(...statIfPresent(trash) ? [...Deno.readDirSync(trash)].map(({ name }) => name) : []);
    for (const { kind, paths } of items) {
      // The manifest is first among a cell's files: a crash leaves objects without one, never the
      // other way round.
      for (const path of kind === "trash" ? [] : paths) {
        const target = join(bin, path);
        Deno.mkdirSync(dirname(target), { recursive: true });
        Deno.renameSync(join(store.folder, path), target);
      }
    }
    return items;
  });
  for (const name of bins) removeIfPresent(join(trash, name));
  return collected;
}

/** Objects of manifests that stay, and what running cells read. */
function heldObjects(store: Store, roots: Set<string>): Set<string> {
  const held = new Set<string>();
  const work = join(store.folder, "work");
  for (const { name } of statIfPresent(work) ? Deno.readDirSync(work) : []) {
    const key = basename(name, ".lease") as Key;
    if (!name.endsWith(".lease") || !isLive(store, key)) continue;
    roots.add(key);
    const job = readJson<{ inputs: Record<string, Record<string, string>> }>(
      join(store.work(key), "job.json"),
    );
    if (job === undefined) {
      throw new Error(
        "Cannot tell what may go: a cell is just starting; run the command again in a moment",
      );
    }
    for (const files of Object.values(job.inputs)) {
      for (const path of Object.values(files)) held.add(basename(path));
    }
  }
  for (const { manifest } of manifestsOf(store)) {
    if (!roots.has(manifest.key)) continue;
    for (const { digest } of Object.values(manifest.outputs)) held.add(digest);
  }
  return held;
}

function isLive(store: Store, key: Key): boolean {
  const owner = leaseOwner(store, key);
  return owner !== undefined && !ownerGone(owner);
}

/** Keys of the manifests that profiles used last. */
function pointedKeys({ folder }: Store): Set<string> {
  return new Set(
    filesBelow(join(folder, "latest")).flatMap((path) =>
      readJson<{ key: string }>(path)?.key ?? []
    ),
  );
}

function manifestsOf({ folder }: Store): { manifest: Manifest; path: string; time: number }[] {
  return filesBelow(join(folder, "manifests")).flatMap((path) => {
    if (!isDigest(basename(path, ".json") as Digest)) return [];
    const reading = readManifest(path);
    return reading.kind === "sound"
      ? [{ manifest: reading.manifest, path, time: changed(path) }]
      : [];
  });
}

/** When a file, or the youngest of a folder's, was last written or moved. */
function changed(path: string): number {
  const info = statIfPresent(path);
  if (info?.isDirectory) {
    return Math.max(0, info.mtime?.getTime() ?? 0, ...filesBelow(path).map(changed));
  }
  return Math.max(info?.mtime?.getTime() ?? 0, info?.ctime?.getTime() ?? 0);
}

/** What takes the space: sums by stage, and the cells, largest first. */
export function usage(items: readonly Item[]): {
  readonly stages: readonly UsageRow[];
  readonly cells: readonly UsageRow[];
} {
  return {
    stages: sums(items, ({ kind, stage }) => stage ?? kind),
    cells: sums(items.filter(({ kind }) => kind === "cell"), ({ name }) => name),
  };
}

/** Bytes under one name. */
export interface UsageRow {
  readonly name: string;
  readonly reachable: number;
  readonly unreachable: number;
}

function sums(items: readonly Item[], nameOf: (item: Item) => string): UsageRow[] {
  const rows = new Map<string, UsageRow>();
  for (const item of items) {
    const name = nameOf(item), row = rows.get(name) ?? { name, reachable: 0, unreachable: 0 };
    const side = item.reachable ? "reachable" : "unreachable";
    rows.set(name, { ...row, [side]: row[side] + item.size });
  }
  return [...rows.values()].sort((a, b) =>
    b.reachable + b.unreachable - a.reachable - a.unreachable
  );
}
