import { join } from "node:path";
import { keepCodeRecord, readCodeRecord } from "../code/code_record.ts";
import { isDigest } from "../store/digest.ts";
import { removeIfPresent, statIfPresent } from "../store/files.ts";
import type { Store } from "../store/store.ts";
import { type ArchiveIndex, readArchive } from "./archive.ts";
import { checkResults, type StageOutputs } from "./check_results.ts";
import { type BundleContent, contentOf, objectPath, recordPath } from "./content.ts";
import { exportedPath } from "./export_record.ts";
import { resultsOf } from "./results.ts";
import { unpackArchive } from "./unpack.ts";
import type { Manifest } from "../store/manifest.ts";

/** Options of {@linkcode importResults}. */
export interface ImportOptions {
  readonly store: Store;
  /** Outputs that a stage declares; `undefined` if there is no such stage. */
  readonly outputsOf: StageOutputs;
  /** Takes results of bundles that were not exported from this store, too. */
  readonly foreign?: boolean;
}

/** What became of one cell. */
export interface Imported {
  readonly manifest: Manifest;
  /** Whether the store had it already. */
  readonly present: boolean;
}

/**
 * Brings the results of a bundle into the store. All is checked before anything is published; what
 * is refused changes nothing.
 *
 * @throws {Error} If anything is missing, damaged, not what it says, or not of a bundle of this store
 */
export async function importResults(path: string, options: ImportOptions): Promise<Imported[]> {
  const { store, outputsOf } = options;
  const archive = readArchive(path, ["results"]);
  const where = join(archive.folder, "results.json");
  const exported = exportedBundle(where, archive.index, options);
  Deno.mkdirSync(store.cache, { recursive: true });
  const folder = Deno.makeTempDirSync({ dir: store.cache, prefix: "bundle-" });
  try {
    await unpackArchive(archive, join(folder, "files"));
    const files = join(folder, "files"), imported: Imported[] = [];
    for (const manifest of checkResults(where, files, archive.index, outputsOf, exported)) {
      const { key, code } = manifest, known = store.manifest(key);
      const present = known !== undefined && isWhole(store, known);
      imported.push({ manifest: present ? known : await publish(store, manifest, files), present });
      const record = readCodeRecord(join(files, recordPath(code)), code)!;
      await keepCodeRecord(store.code(code), code, () => Promise.resolve(record));
    }
    return imported;
  } finally {
    removeIfPresent(folder);
  }
}

/**
 * The bundle that results name, as this store exported it; `undefined` where that is not known and
 * results of others are taken.
 */
function exportedBundle(
  where: string,
  index: ArchiveIndex,
  { store, foreign = false }: ImportOptions,
): BundleContent | undefined {
  const { bundle } = resultsOf(index);
  if (typeof bundle !== "string" || !isDigest(bundle)) {
    throw new Error(`Cannot import "${where}": it does not name the bundle that was run`);
  }
  const path = exportedPath(store, bundle);
  if (statIfPresent(path) === undefined) {
    if (foreign) return undefined;
    throw new Error(
      `Cannot import "${where}": its bundle ${bundle} was not exported from the store ` +
        `"${store.folder}"; pass --foreign to take what others computed`,
    );
  }
  const exported = readArchive(path, ["bundle"]).index;
  if (exported.digest === bundle) return contentOf(exported);
  throw new Error(
    `Cannot import "${where}": "${path}" is the record of the bundle ${exported.digest}, ` +
      `expected ${bundle}`,
  );
}

/** Publishes copies of a cell's outputs: publishing moves files, and cells may share one. */
async function publish(
  store: Store,
  { outputs, ...manifest }: Manifest,
  files: string,
): Promise<Manifest> {
  const from = Deno.makeTempDirSync({ dir: store.cache, prefix: "bundle-" });
  try {
    for (const [name, { digest }] of Object.entries(outputs)) {
      Deno.copyFileSync(join(files, objectPath(digest)), join(from, name));
    }
    return await store.publish(manifest, from, Object.keys(outputs));
  } finally {
    removeIfPresent(from);
  }
}

function isWhole(store: Store, { outputs }: Manifest): boolean {
  return Object.values(outputs).every((file) => store.inspect(file) === undefined);
}
