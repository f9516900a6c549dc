import { join } from "node:path";
import { removeIfPresent } from "../store/files.ts";
import { type Digest, digestOfValue } from "../store/digest.ts";
import type { Key } from "../store/key.ts";
import type { Manifest } from "../store/manifest.ts";
import type { ArchiveIndex } from "./archive.ts";
import { objectPath, recordPath } from "./content.ts";
import type { OpenedBundle } from "./host.ts";
import { exclusively } from "./exclusively.ts";
import { type Member, packArchive, type Packing } from "./pack.ts";
import { replaceableResults, replaceResults } from "./results_folder.ts";
import { NoRoom } from "./volumes.ts";

/** What `about` of a results' index says. */
export interface ResultsContent {
  /** Digest of the bundle that was run. */
  readonly bundle: Digest;
  readonly profile: string;
  /** Finished cells in this archive, inputs first. */
  readonly cells: readonly { readonly cell: string; readonly key: Key }[];
  /** Cells of the bundle that are not finished. */
  readonly unfinished: readonly string[];
  /** Finished cells for which there was no room. */
  readonly leftOut: readonly string[];
}

/** Limits of a results' archive. */
export interface ResultsLimits {
  /** Largest size of a file, bytes. */
  readonly split: number;
  /** Most files, the index and what is told of cells that are not in the archive among them. */
  readonly files: number;
  /** Most bytes of all volumes together; as many as fit in the files if left out. */
  readonly total?: number;
}

/** Where an archive keeps a manifest. */
export const manifestPath = (key: Key) => `manifests/${key}.json`;

/** The content of an index of kind `results`. */
export function resultsOf(index: ArchiveIndex): ResultsContent {
  return index.about as unknown as ResultsContent;
}

/** Manifests of the cells of a bundle that are finished, inputs first. */
export function finishedCells({ content, store }: OpenedBundle): Manifest[] {
  return content.cells.flatMap(({ id }) => {
    const manifest = store.latest(content.profile, id);
    const whole = manifest !== undefined &&
      Object.values(manifest.outputs).every((file) => store.inspect(file) === undefined);
    return whole ? [manifest] : [];
  });
}

/**
 * Packs what is finished into a folder, which replaces earlier results of the bundle as a whole.
 * Cells that were finished where the bundle was made stay here. A cell for which there is no room is
 * left out, and those after it are tried.
 *
 * @param only Ids of the cells to pack; all if left out
 * @returns `undefined` where there is nothing to pack
 * @throws {NoRoom} If not even one cell fits; earlier results stay
 * @throws {Error} If the folder holds anything else, or an output is damaged
 */
export async function packResults(
  bundle: OpenedBundle,
  out: string,
  limits: ResultsLimits,
  only?: readonly string[],
): Promise<ArchiveIndex | undefined> {
  const { content, state } = bundle, finished = finishedCells(bundle);
  const comes = new Set(content.cells.filter((cell) => !cell.finished).map(({ id }) => id));
  const wanted = finished.filter(({ cell }) => comes.has(cell) && (only?.includes(cell) ?? true));
  if (wanted.length === 0) return undefined;
  const unfinished = content.cells.map(({ id }) => id)
    .filter((id) => !finished.some(({ cell }) => cell === id));
  replaceableResults(out, bundle.index.digest);
  return await exclusively(state, "packing", async (folder) => {
    const left = new Set(wanted);
    while (left.size > 0) {
      removeIfPresent(folder);
      Deno.mkdirSync(folder);
      const packed = [...left], parts = members(bundle, packed);
      let taken = 0;
      try {
        const index = await packArchive(folder, {
          ...packing(bundle, packed, wanted.filter((one) => !left.has(one)), unfinished, limits),
          members: parts,
          onMember: (number) => taken = number,
        });
        replaceResults(folder, out, bundle.index.digest);
        return index;
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
        left.delete(tooLarge(parts.slice(0, taken + 1)).of);
      }
    }
    throw new NoRoom(
      `Cannot pack what "${wanted[0].cell}" left into ${limits.files} files of ${limits.split} ` +
        "bytes; pass a larger --split, --files or --total",
    );
  });
}

/** What may lie between a file that is read and a volume that is written, bytes. */
const BUFFERED = 1e6;

/** Which file there was no room for, of those that were read when a volume could not be written. */
function tooLarge(read: readonly ResultMember[]): ResultMember {
  let largest = read[read.length - 1], most = 0;
  for (let n = read.length - 1, sum = 0; n >= 0 && sum < BUFFERED; n--) {
    const { size } = Deno.statSync(read[n].from);
    if (size > most) [largest, most] = [read[n], size];
    sum += size;
  }
  return largest;
}

/** What is packed, but for the files. */
function packing(
  { content: { profile }, index: { digest } }: OpenedBundle,
  packed: readonly Manifest[],
  leftOut: readonly Manifest[],
  unfinished: readonly string[],
  limits: ResultsLimits,
): Omit<Packing, "members"> {
  const content: ResultsContent = {
    ...{ bundle: digest, profile, unfinished },
    cells: packed.map(({ cell, key }) => ({ cell, key })),
    leftOut: leftOut.map(({ cell }) => cell),
  };
  const about = JSON.parse(JSON.stringify(content)), { split, files, total } = limits;
  const whole = JSON.parse(JSON.stringify({ about, packed, limits }));
  return {
    ...{ kind: "results", about, split, total },
    // The index is a file, and so is what is told of cells that are not in the archive.
    volumes: files - (unfinished.length + leftOut.length > 0 ? 2 : 1),
    stem: `results-${digestOfValue("results", whole).slice(0, 8)}`,
  };
}

/** A file of results and the cell that brings it. */
interface ResultMember extends Member {
  readonly from: string;
  readonly of: Manifest;
}

/** Manifests, outputs and records of code of these cells, each file once. */
function members({ store, files }: OpenedBundle, packed: readonly Manifest[]): ResultMember[] {
  const found = new Map<string, ResultMember>();
  const add = (name: string, member: ResultMember) => {
    if (!found.has(name)) found.set(name, member);
  };
  for (const of of packed) {
    const { key, code, outputs } = of;
    add(key, {
      ...{ of, path: manifestPath(key), from: join(store.folder, "manifests", `${key}.json`) },
    });
    add(code, { of, path: recordPath(code), from: join(files, recordPath(code)) });
    for (const { digest } of Object.values(outputs)) {
      add(digest, { of, path: objectPath(digest), from: store.object(digest), digest });
    }
  }
  return [...found.values()];
}
