/**
 * What cells that were cut off had saved, as an archive: with it another machine goes on from where
 * they were. Whether a checkpoint can be gone on with, the stage itself says.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { type Digest, isDigest } from "../store/digest.ts";
import { filesBelow, readJson, removeIfPresent, statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { type ArchiveIndex, readArchive } from "./archive.ts";
import { exclusively } from "./exclusively.ts";
import type { OpenedBundle } from "./host.ts";
import { type Member, packArchive } from "./pack.ts";
import { unpackArchive } from "./unpack.ts";

/** What `about` of a checkpoints' index says. */
export interface CheckpointsContent {
  /** Digest of the bundle that was run. */
  readonly bundle: Digest;
  readonly profile: string;
  readonly cells: readonly UnfinishedCell[];
}

/** A cell of a bundle that has begun and is not finished. */
export interface UnfinishedCell {
  readonly cell: string;
  readonly key: Key;
}

/** A cell that has begun, and where its work lies. */
export interface Begun extends UnfinishedCell {
  readonly stage: string;
  readonly parameters: { readonly [name: string]: unknown };
  readonly seed: string;
  /** Folder of what the stage has saved. */
  readonly saved: string;
}

/** Cells of a bundle that have begun and are not finished. */
export function begunCells({ content, store }: OpenedBundle): Begun[] {
  const folder = join(store.folder, "work");
  if (statIfPresent(folder) === undefined) return [];
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }): Begun[] => {
    if (!isDirectory || !isDigest(name)) return [];
    const key = name as string as Key;
    const job = readJson<Omit<Begun, "key" | "saved">>(join(store.work(key), "job.json"));
    if (job === undefined || !content.cells.some(({ id }) => id === job.cell)) return [];
    if (store.manifest(key) !== undefined) return [];
    const { cell, stage, parameters, seed } = job;
    return [{ cell, stage, parameters, seed, key, saved: join(store.work(key), "state") }];
  }).sort((a, b) => a.cell < b.cell ? -1 : 1);
}

/** Where an archive keeps what a cell has saved. */
const savedPath = (key: Key, name: string) => `work/${key}/${name}`;

/** A file that is being replaced: its writer adds the number of its process to the name. */
const HALF_WRITTEN = /\.\d+$/;

/**
 * Packs what unfinished cells have saved into a folder, in the place of what an earlier run of the
 * bundle has packed there.
 *
 * @param split Largest size of a file, bytes
 * @returns `undefined` where no cell has saved anything; the folder is then left as it is
 * @throws {Error} If the folder has anything else in it
 */
export async function packCheckpoints(
  bundle: OpenedBundle,
  out: string,
  split: number,
): Promise<ArchiveIndex | undefined> {
  const found = begunCells(bundle).map(({ cell, key, saved }) => ({
    ...{ cell, key },
    members: filesBelow(saved).filter((path) => !HALF_WRITTEN.test(path)).map((from): Member => ({
      ...{ from, path: savedPath(key, from.slice(saved.length + 1)) },
    })),
  })).filter(({ members }) => members.length > 0);
  if (found.length === 0) return undefined;
  checkReplaceable(out, bundle.index.digest);
  const content: CheckpointsContent = {
    bundle: bundle.index.digest,
    profile: bundle.content.profile,
    cells: found.map(({ cell, key }) => ({ cell, key })),
  };
  return await exclusively(bundle.state, "packing", async (folder) => {
    Deno.mkdirSync(folder);
    const index = await packArchive(folder, {
      ...{ kind: "checkpoints", about: JSON.parse(JSON.stringify(content)), split },
      members: found.flatMap(({ members }) => members),
    });
    checkReplaceable(out, bundle.index.digest);
    removeIfPresent(out);
    Deno.mkdirSync(out, { recursive: true });
    const names = [...index.volumes.map(({ path }) => path), "checkpoints.json"];
    for (const name of names) Deno.copyFileSync(join(folder, name), join(out, name));
    return index;
  });
}

/**
 * Refuses a folder with anything but checkpoints of a bundle.
 *
 * @throws {Error} If there is anything else
 */
export function checkReplaceable(out: string, bundle: Digest): void {
  const refuse = (problem: string) =>
    new Error(
      `Cannot write the checkpoints to "${out}": ${problem}; name another folder with ` +
        "--checkpoints DIR",
    );
  const info = statIfPresent(out);
  if (info === undefined) return;
  if (!info.isDirectory) throw refuse("it is no folder");
  const own = /^checkpoints\.(?:json|tar\.gz\.\d{3,})$/;
  const foreign = [...Deno.readDirSync(out)].find(({ name, isFile }) => !isFile || !own.test(name));
  if (foreign !== undefined) throw refuse(`it holds "${foreign.name}"`);
  const owner = readJson<ArchiveIndex>(join(out, "checkpoints.json"))?.about?.bundle ?? bundle;
  if (owner !== bundle) throw refuse(`it holds those of another bundle (${owner})`);
}

/**
 * Takes up checkpoints of the same bundle; where a cell has begun here already, its own stays.
 *
 * @param from A folder with `checkpoints.json`
 * @returns Cells whose checkpoints were taken
 * @throws {Error} If they are damaged, or of another bundle
 */
export async function takeCheckpoints(
  { content, store, state, index: { digest } }: OpenedBundle,
  from: string,
): Promise<readonly UnfinishedCell[]> {
  const archive = readArchive(from, ["checkpoints"]);
  const { bundle, cells } = archive.index.about as unknown as CheckpointsContent;
  const refuse = (problem: string) =>
    new Error(`Cannot go on from "${join(from, "checkpoints.json")}": ${problem}`);
  if (bundle !== digest) throw refuse(`its bundle is ${bundle}, expected ${digest}`);
  const known = new Set(content.cells.map(({ id }) => id));
  const odd = cells.find(({ cell, key }) => !known.has(cell) || !isDigest(key));
  if (odd !== undefined) throw refuse(`it has "${odd.cell}", which the bundle does not have`);
  return await exclusively(state, "placing", async (folder) => {
    await unpackArchive(archive, folder);
    return cells.filter(({ key }) => {
      const saved = join(store.work(key), "state"), unpacked = join(folder, "work", key);
      const taken = store.manifest(key) === undefined && filesBelow(saved).length === 0 &&
        statIfPresent(unpacked) !== undefined;
      if (taken) {
        removeIfPresent(saved);
        Deno.mkdirSync(dirname(saved), { recursive: true });
        Deno.renameSync(unpacked, saved);
      }
      return taken;
    });
  });
}
