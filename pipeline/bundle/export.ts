import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { assessAll, type Assessor, externalDigest } from "../freshness/assess.ts";
import type { Digest } from "../store/digest.ts";
import { filesBelow, removeIfPresent, statIfPresent } from "../store/files.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import type { ArchivedFile, ArchiveIndex } from "./archive.ts";
import { bundleModule } from "./bundle_code.ts";
import {
  type BundleContent,
  type BundledCell,
  bundledCell,
  cellsToPack,
  type GivenFile,
  objectPath,
} from "./content.ts";
import { keepExported } from "./export_record.ts";
import { packDeno } from "./deno_pieces.ts";
import { type Member, packArchive } from "./pack.ts";
import { RUN_SCRIPT, RUNNER } from "./run_script.ts";
import { bundleStages, checkUnchanged, codeOf } from "./stage_files.ts";
import { fileAsArchived } from "./volumes.ts";
import type { Json } from "../store/canonical.ts";

/** What to export, and to where. */
export interface ExportOptions extends Assessor {
  /** The repository. */
  readonly root: string;
  /** All cells, inputs first. */
  readonly cells: readonly CellDeclaration[];
  /** Ids of those that are wanted. */
  readonly selected: readonly string[];
  /** The folder to make. */
  readonly out: string;
  /** Largest size of a file in it, bytes. */
  readonly split: number;
  /** Module of the runner. */
  readonly runner: URL;
  /** Of the repository. */
  readonly commit?: string;
  /** Path of a PJRT plugin that is to travel. */
  readonly plugin?: string;
  /** Whether Deno itself is to travel. */
  readonly deno: boolean;
  /** Whether files from outside stay here and are to be given on the host. */
  readonly withoutData?: boolean;
  readonly onNote: (text: string) => void;
}

/**
 * Packs stale cells with all that they need into a folder that is there when it is complete.
 *
 * @throws {Error} If there is nothing to pack, something is in the way, a cell needs the network,
 * the code is edited meanwhile, or a cell that reads files that do not travel is not finished
 */
export async function exportBundle(options: ExportOptions): Promise<ArchiveIndex> {
  const { cells, selected, out, split, code, store, stats, onNote, deno, plugin } = options;
  const { withoutData = false } = options;
  requireEmpty(out);
  const assessed = await assessAll(cells, options);
  const packed = cellsToPack(cells, selected, assessed, !withoutData);
  if (packed.length === 0) {
    throw new Error(`Cannot pack ${selected.join(", ")}: nothing is stale, so nothing has to run`);
  }
  const ids = new Set(packed.map(({ id }) => id)), members = new Map<string, Member>();
  const bundled: BundledCell[] = [], given = new Map<Digest, GivenFile>();
  for (const cell of packed) {
    const external = await externalDigests(cell, stats);
    const complete = bundledCell(cell, ids, assessed, external, await codeOf(cell, code));
    bundled.push(complete);
    for (const [input, byName] of Object.entries(complete.files)) {
      for (const [name, digest] of Object.entries(byName)) {
        const outside = cell.files?.[input]?.[name], from = outside ?? store.object(digest);
        if (withoutData && outside !== undefined) {
          const { size } = Deno.statSync(outside);
          given.set(digest, { name, size, digest });
        } else members.set(digest, { path: objectPath(digest), from, digest });
      }
    }
  }
  if (withoutData && given.size === 0) {
    throw new Error(
      `Cannot leave out the data: no cell that ${selected.join(", ")} needs reads files from ` +
        "outside; export without --without-data",
    );
  }
  const temporary = `${out}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const scratch = `${temporary}.scratch`;
  try {
    for (const folder of [temporary, scratch]) Deno.mkdirSync(folder, { recursive: true });
    const { stages, files } = await bundleStages(packed, bundled, { ...options, folder: scratch });
    for (const [path, from] of files) members.set(from, { path, from });
    await bundleModule(options.root, fileURLToPath(options.runner), join(temporary, RUNNER));
    await checkUnchanged(packed, bundled, options);
    Deno.writeTextFileSync(join(temporary, "run.sh"), RUN_SCRIPT);
    Deno.chmodSync(join(temporary, "run.sh"), 0o755);
    const beside: ArchivedFile[] = [
      await fileAsArchived(join(temporary, RUNNER)),
      await fileAsArchived(join(temporary, "run.sh")),
    ];
    if (deno) {
      onNote("Compressing Deno");
      beside.push(...await packDeno(temporary, split));
    }
    if (plugin !== undefined) members.set(plugin, { path: PLUGIN_PATH, from: plugin });
    const content: BundleContent = {
      ...{ profile: options.profile, deno: Deno.version.deno, cells: bundled, stages },
      ...options.commit === undefined ? {} : { commit: options.commit },
      ...plugin === undefined ? {} : { plugin: PLUGIN_PATH },
      ...given.size === 0 ? {} : { given: [...given.values()] },
    };
    const index = await packArchive(temporary, {
      ...{ kind: "bundle", about: json(content), beside, split },
      members: [...members.values()],
    });
    checkSizes(temporary, split);
    keepExported(store, index.digest, join(temporary, "bundle.json"));
    requireEmpty(out);
    Deno.mkdirSync(out, { recursive: true });
    // Where the folder is a link, the one that it leads to is replaced and the link stays.
    const place = Deno.realPathSync(out);
    // Not with what is in it: something may have come in this moment.
    Deno.removeSync(place);
    Deno.renameSync(temporary, place);
    return index;
  } finally {
    removeIfPresent(temporary);
    removeIfPresent(scratch);
  }
}

/** Nothing that is there is ever replaced. */
function requireEmpty(out: string): void {
  const info = statIfPresent(out);
  const problem = info?.isDirectory === false
    ? "it is no folder"
    : info !== undefined && [...Deno.readDirSync(out)].length > 0
    ? "it is not empty"
    : undefined;
  if (problem === undefined) return;
  throw new Error(`Cannot write the bundle to "${out}": ${problem}; name another folder`);
}

/** Where a bundle keeps its plugin. */
const PLUGIN_PATH = "plugin/pjrt_plugin.so";

async function externalDigests({ id, files = {} }: CellDeclaration, stats: Assessor["stats"]) {
  const digests: Record<string, Record<string, Digest>> = {};
  for (const [input, byName] of Object.entries(files)) {
    digests[input] = {};
    for (const [name, path] of Object.entries(byName)) {
      digests[input][name] = await externalDigest(id, path, stats);
    }
  }
  return digests;
}

function checkSizes(folder: string, split: number): void {
  for (const path of filesBelow(folder)) {
    const { size } = Deno.statSync(path);
    if (size <= split) continue;
    throw new Error(
      `Cannot split the bundle into files of ${split} bytes: "${relative(folder, path)}" has ` +
        `${size}; pass a larger --split`,
    );
  }
}

/** Without what is undefined, as it will be read. */
function json(content: BundleContent): { [name: string]: Json } {
  return JSON.parse(JSON.stringify(content));
}
