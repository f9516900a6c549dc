/**
 * A bundle on the machine that computes it: unpacked and checked, its cells are run as any others,
 * in a store of their own.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isFresh } from "../freshness/assess.ts";
import type { Code } from "../code/code_digest.ts";
import { openStatCache, type StatCache } from "../code/stat_cache.ts";
import { type Digest, digestOfFile } from "../store/digest.ts";
import { filesBelow, removeIfPresent, statIfPresent } from "../store/files.ts";
import { machineProvenance } from "../run/machine.ts";
import { run, type RunOptions, type RunResult } from "../run/run.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { openStore, type Store } from "../store/store.ts";
import { type Archive, readArchive } from "./archive.ts";
import { type BundleContent, contentOf, objectPath, rulePath, stagePath } from "./content.ts";
import { bundledCode, ISOLATION } from "./bundled_code.ts";
import { exclusively } from "./exclusively.ts";
import { givenPath, type GivenSource, placeGiven } from "./given.ts";
import { unpackArchive } from "./unpack.ts";
import { checkVolumes } from "./volumes.ts";
import type { Manifest } from "../store/manifest.ts";
import type { Json } from "../store/canonical.ts";

/** An unpacked bundle. */
export interface OpenedBundle extends Archive {
  readonly content: BundleContent;
  /** Folder of the unpacked files. */
  readonly files: string;
  /** Folder with all that running leaves. */
  readonly state: string;
  readonly store: Store;
  readonly cells: readonly CellDeclaration[];
}

/**
 * Checks a bundle and unpacks it, unless that was done before; then what was unpacked is checked.
 *
 * @param state Folder for what is unpacked and computed
 * @param source Where the files are that do not travel, if they are not in the state already
 * @throws {GivenError} If such a file is not there
 * @throws {Error} If anything is missing or damaged
 */
export async function openBundle(
  folder: string,
  state: string,
  source?: GivenSource,
): Promise<OpenedBundle> {
  const archive = readArchive(folder, ["bundle"]), { index } = archive;
  await checkVolumes(archive);
  const files = join(state, `files-${index.digest.slice(0, 16)}`);
  await exclusively(state, "unpacking", async (folder) => {
    if (await isIntact(files, archive)) return;
    clearUnpacked(files, archive);
    await unpackArchive(archive, folder);
    Deno.renameSync(folder, files);
  });
  const content = contentOf(index), { given = [] } = content;
  await placeGiven(given, state, source);
  const outside = new Set(given.map(({ digest }) => digest));
  return {
    ...{ ...archive, content, files, state },
    store: openStore(join(state, "store")),
    cells: cellsOf(
      content,
      files,
      (digest) => outside.has(digest) ? givenPath(state, digest) : join(files, objectPath(digest)),
    ),
  };
}

/** Makes room for what is unpacked; a folder that holds anything else is moved aside. */
function clearUnpacked(folder: string, { index }: Archive): void {
  const own = new Set(index.files.map(({ path }) => join(folder, path)));
  if (filesBelow(folder).every((path) => own.has(path))) return removeIfPresent(folder);
  Deno.renameSync(folder, `${folder}.${crypto.randomUUID().slice(0, 8)}.aside`);
}

/** Whether a folder has just the files of an archive, each with its digest. */
async function isIntact(folder: string, { index }: Archive): Promise<boolean> {
  if (filesBelow(folder).length !== index.files.length) return false;
  for (const { path, digest } of index.files) {
    const file = join(folder, path);
    if (statIfPresent(file)?.isFile !== true || await digestOfFile(file) !== digest) return false;
  }
  return true;
}

function cellsOf(
  { cells, stages }: BundleContent,
  files: string,
  pathOf: (digest: Digest) => string,
): CellDeclaration[] {
  const moduleOf = (path: string) => pathToFileURL(join(files, path));
  const stageOf = new Map(
    stages.map((stage) => [stage.name, { ...stage, entry: moduleOf(stagePath(stage.name)) }]),
  );
  return cells.map(({ files: inputs, id, parameters, seed, permissions, ...cell }) => ({
    ...{ id, parameters, seed, inputs: cell.inputs },
    ...permissions === undefined ? {} : { permissions },
    stage: { ...stageOf.get(cell.stage)!, moreOutputs: () => cell.moreOutputs ?? [] },
    rules: cell.rules.map((rule) => ({ ...rule, module: moduleOf(rulePath(rule)) })),
    files: Object.fromEntries(
      Object.entries(inputs).map(([input, byName]) => [
        input,
        Object.fromEntries(
          Object.entries(byName).map(([name, digest]) => [name, pathOf(digest)]),
        ),
      ]),
    ),
  }));
}

/** The code of a bundle's cells, as the index has it. */
function codeIn({ index, content, files }: OpenedBundle, stats: StatCache): Code {
  const digests = new Map(index.files.map(({ path, digest }) => [path, digest]));
  const { stages, cells } = content;
  return bundledCode({ folder: files, what: "the bundle", stages, codes: cells, digests }, stats);
}

/**
 * Holds what a cell left against what it left where the bundle was made.
 *
 * @throws {Error} If a file differs: all keys that follow would be others
 */
function checkFinished({ cells }: BundleContent, { cell, outputs }: Manifest): void {
  const { finished = {} } = cells.find(({ id }) => id === cell)!;
  for (const [name, digest] of Object.entries(finished)) {
    if (outputs[name].digest === digest) continue;
    throw new Error(
      `Cannot go on after "${cell}": its ${name} has the SHA-256 ${
        outputs[name].digest
      }, expected ` +
        `${digest}, as it was where the bundle was made`,
    );
  }
}

/** Computes what is left of a bundle's cells; none of them is given the network. */
export async function runBundle(
  bundle: OpenedBundle,
  options: Pick<RunOptions, "jobs" | "signal" | "onEvent" | "prepareEngine" | "check">,
): Promise<RunResult> {
  const { content, store, state, index, cells } = bundle;
  const stats = openStatCache(join(store.cache, "files.json"));
  const provenance: { [name: string]: Json } = {
    ...machineProvenance(),
    ...content.commit === undefined ? {} : { commit: content.commit },
    bundle: index.digest,
  };
  return await run(cells, {
    ...options,
    ...{ profile: content.profile, store, stats, code: codeIn(bundle, stats), root: state },
    flags: ISOLATION,
    prepare: () => Promise.resolve(provenance),
    check(assessments) {
      assessments.filter(isFresh).forEach(({ manifest }) => checkFinished(content, manifest));
      for (const { cell, key } of assessments) {
        const expected = content.cells.find(({ id }) => id === cell.id)!.key;
        // Of what follows a cell that has to run here, too, the key is not known yet.
        if (expected === undefined || key === undefined || expected === key) continue;
        throw new Error(`Cannot run "${cell.id}": its key is ${key}, expected ${expected}`);
      }
      options.check?.(assessments);
    },
    onEvent(event) {
      options.onEvent(event);
      if (event.kind !== "finished") return;
      checkFinished(content, store.latest(content.profile, event.cell)!);
    },
  });
}
