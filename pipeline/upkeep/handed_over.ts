/**
 * What cells on executors leave in a store besides their results: frozen code, folders of waves, and
 * what attempts said of themselves.
 *
 * @module
 */
import { basename, join } from "node:path";
import { FROZEN_INDEX, frozenFolder } from "../executor/frozen.ts";
import { inHands, recordPath, tasksPath, type WaveRecord } from "../executor/kept_wave.ts";
import { attemptPath, progressPath, type Tasks, waveFolder } from "../executor/work.ts";
import { isDigest } from "../store/digest.ts";
import { readJson, statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { changed } from "../store/manifests.ts";
import { type Holders, leasesIn } from "../store/owner.ts";
import type { Store } from "../store/store.ts";

const DAY_MS = 24 * 3_600_000;

/** What nobody has touched for so long is not waited for any more, milliseconds. */
const FORGOTTEN_MS = 7 * DAY_MS;

/** Code that was frozen so recently may not have been handed over yet, milliseconds. */
const FROZEN_MS = DAY_MS;

/** Something that was handed over, or came back. */
export interface HandedOver {
  readonly kind: "frozen" | "wave" | "report";
  readonly paths: string[];
  /** Whether it may be needed yet. */
  readonly reachable: boolean;
}

/** What is there, and what it needs of the store. */
export interface HandedOvers {
  readonly items: readonly HandedOver[];
  /** Cells that wait, whose unfinished work goes on. */
  readonly waiting: ReadonlySet<Key>;
  /** Cells that these will read. */
  readonly inputs: ReadonlySet<Key>;
}

/** Lists them; a wave is needed until its cells are finished, its code as long as the wave. */
export function handedOver(
  store: Store,
  holder: Holders,
  now: number = Date.now(),
): HandedOvers {
  const young = (path: string, age: number) => now - changed(path) < age;
  const held = (key: Key) => holder(store.lease(key)) !== undefined;
  const items: HandedOver[] = [], code = new Set<string>();
  const waiting = new Set<Key>(), inputs = new Set<Key>();
  for (const folder of waveFolders(store)) {
    const tasks = readJson<Tasks>(tasksPath(folder)), lease = `${folder}.lease`;
    const record = readJson<WaveRecord>(recordPath(folder));
    const works = tasks === undefined || record === undefined || record.closed
      ? []
      : inHands({ tasks, record }).map(({ work }) => work);
    const left = works.filter(({ key }) => held(key) || store.manifest(key) === undefined);
    const reachable = holder(lease) !== undefined || left.some(({ key }) => held(key)) ||
      left.length > 0 && young(folder, FORGOTTEN_MS);
    for (const work of reachable ? left : []) {
      waiting.add(work.key);
      for (const key of Object.values(work.inputs)) inputs.add(key);
    }
    if (reachable && tasks !== undefined) code.add(tasks.frozen);
    const paths = [folder, lease].filter((path) => statIfPresent(path) !== undefined);
    items.push({ kind: "wave", paths, reachable });
  }
  for (const folder of foldersIn(frozenFolder(store), /^[\da-f]{64}(\.[\da-f]{8}\.tmp)?$/)) {
    // Each use makes its index young.
    const reachable = code.has(basename(folder)) ||
      isDigest(basename(folder)) && young(join(folder, FROZEN_INDEX), FROZEN_MS);
    items.push({ kind: "frozen", paths: [folder], reachable });
  }
  for (const key of reported(store)) {
    const paths = [attemptPath(store, key), progressPath(store, key)]
      .filter((path) => statIfPresent(path) !== undefined);
    const reachable = held(key) ||
      store.manifest(key) === undefined && paths.some((path) => young(path, FORGOTTEN_MS));
    items.push({ kind: "report", paths, reachable });
  }
  return { items, waiting, inputs };
}

/** Folders of waves, and where one was of which the lease alone is left. */
function waveFolders(store: Store): string[] {
  const parent = waveFolder(store, "");
  const folders = foldersIn(parent, /^[\da-f]{12}$/);
  const leased = leasesIn(parent).map((path) => path.slice(0, -".lease".length))
    .filter((path) => /^[\da-f]{12}$/.test(basename(path)));
  return [...new Set([...folders, ...leased])].sort();
}

/** Folders in a folder that are named as the store names them. */
function foldersIn(parent: string, names: RegExp): string[] {
  if (statIfPresent(parent) === undefined) return [];
  return [...Deno.readDirSync(parent)]
    .filter(({ isDirectory, name }) => isDirectory && names.test(name))
    .map(({ name }) => join(parent, name)).sort();
}

/** Keys of cells whose attempts said something. */
function reported({ folder }: Store): Key[] {
  const work = join(folder, "work");
  if (statIfPresent(work) === undefined) return [];
  const names = [...Deno.readDirSync(work)].map(({ name }) => name);
  const keys = names.flatMap((name) => /^(.*)\.(?:attempt|progress)$/.exec(name)?.[1] ?? []);
  return [...new Set(keys)].filter(isDigest).sort() as unknown as Key[];
}
