import { join } from "node:path";
import { removeIfPresent } from "../files.ts";
import type { Digest } from "../digest.ts";
import type { Key } from "../key.ts";
import type { Manifest } from "../store.ts";
import type { ArchiveIndex } from "./archive.ts";
import { objectPath, recordPath } from "./content.ts";
import type { OpenedBundle } from "./host.ts";
import { type Member, packArchive } from "./pack.ts";
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
  /** Most files, the index among them. */
  readonly files: number;
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
 * Cells that were finished where the bundle was made stay here.
 * Where not all of it fits, the last cells are left out.
 *
 * @param only Ids of the cells to pack; all if left out
 * @throws {Error} If the folder holds anything else, not even one cell fits, or an output is damaged
 */
export async function packResults(
  bundle: OpenedBundle,
  out: string,
  limits: ResultsLimits,
  only?: readonly string[],
): Promise<ArchiveIndex | undefined> {
  const finished = finishedCells(bundle);
  const there = new Set(
    bundle.content.cells.filter((cell) => cell.finished !== undefined).map(({ id }) => id),
  );
  const wanted = finished.filter(({ cell }) => !there.has(cell) && (only?.includes(cell) ?? true));
  const unfinished = bundle.content.cells.map(({ id }) => id)
    .filter((id) => !finished.some(({ cell }) => cell === id));
  if (wanted.length > 0) replaceableResults(out, bundle.index.digest);
  let count = wanted.length;
  while (count > 0) {
    const temporary = `${out}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    Deno.mkdirSync(temporary, { recursive: true });
    const packed = wanted.slice(0, count),
      content: ResultsContent = {
        bundle: bundle.index.digest,
        profile: bundle.content.profile,
        cells: packed.map(({ cell, key }) => ({ cell, key })),
        unfinished,
        leftOut: wanted.slice(count).map(({ cell }) => cell),
      };
    let taken = 0;
    try {
      const index = await packArchive(temporary, {
        ...{ kind: "results", about: JSON.parse(JSON.stringify(content)), split: limits.split },
        members: members(bundle, packed),
        volumes: limits.files - 1,
        onMember: (number) => taken = number,
      });
      replaceResults(temporary, out, bundle.index.digest);
      return index;
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      // At most as many as were taken before there was no room, so that few attempts are enough.
      do count--; while (members(bundle, wanted.slice(0, count)).length > taken);
    } finally {
      removeIfPresent(temporary);
    }
  }
  if (wanted.length === 0) return undefined;
  throw new Error(
    `Cannot pack what "${
      wanted[0].cell
    }" left into ${limits.files} files of ${limits.split} bytes; ` +
      "pass a larger --split or --files",
  );
}

/** Manifests, outputs and records of code of these cells, each file once. */
function members({ store, files }: OpenedBundle, packed: readonly Manifest[]): Member[] {
  const found = new Map<string, Member>();
  for (const { key, code, outputs } of packed) {
    found.set(key, {
      path: manifestPath(key),
      from: join(store.folder, "manifests", `${key}.json`),
    });
    found.set(code, { path: recordPath(code), from: join(files, recordPath(code)) });
    for (const { digest } of Object.values(outputs)) {
      found.set(digest, { path: objectPath(digest), from: store.object(digest), digest });
    }
  }
  return [...found.values()];
}
