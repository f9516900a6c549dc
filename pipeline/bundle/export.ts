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
  recordPath,
  rulePath,
  stagePath,
  workerPath,
} from "./content.ts";
import { codeRecordText } from "../code/code_record.ts";
import { keepExported } from "./export_record.ts";
import { packDeno } from "./deno_pieces.ts";
import { type Member, packArchive } from "./pack.ts";
import { RUN_SCRIPT, RUNNER } from "./run_script.ts";
import { fileAsArchived } from "./volumes.ts";
import { workersOf } from "./workers.ts";
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
  const stages = [...new Map(packed.map(({ stage }) => [stage.name, stage])).values()]
    .sort((a, b) => a.name < b.name ? -1 : 1);
  const temporary = `${out}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const scratch = `${temporary}.scratch`;
  try {
    for (const folder of [temporary, scratch]) Deno.mkdirSync(folder, { recursive: true });
    const listed: BundleContent["stages"][number][] = [];
    const bundleInto = async (module: string, path: string) => {
      const file = join(scratch, path.replaceAll("/", "-"));
      await bundleModule(options.root, module, file);
      members.set(file, { path, from: file });
    };
    const workers = new Map<string, string>();
    for (const stage of stages) {
      const { entry, boundary: _, ...rest } = stage;
      onNote(`Bundling stage ${stage.name}`);
      await bundleInto(fileURLToPath(entry), stagePath(stage.name));
      const started = await workersOf(await code.files({ stage }), workers);
      listed.push({ ...rest, ...started.length === 0 ? {} : { workers: started } });
    }
    for (const [name, module] of workers) await bundleInto(module, workerPath(name));
    const rules = packed.flatMap(({ rules = [] }) => rules);
    for (const [path, { module }] of new Map(rules.map((rule) => [rulePath(rule), rule]))) {
      await bundleInto(fileURLToPath(module), path);
    }
    for (const [n, { code: digest }] of bundled.entries()) {
      const record = join(scratch, `${digest}.json`);
      if (members.has(record)) continue;
      Deno.writeTextFileSync(record, codeRecordText(await code.record(packed[n])));
      members.set(record, { path: recordPath(digest), from: record });
    }
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
      ...{ profile: options.profile, deno: Deno.version.deno, cells: bundled, stages: listed },
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

async function codeOf(
  cell: CellDeclaration,
  code: ExportOptions["code"],
): Promise<Pick<BundledCell, "code" | "beneath">> {
  const beneath = await code.beneath(cell);
  return { code: await code.digest(cell), ...beneath === undefined ? {} : { beneath } };
}

/** The bundled files are made from just the code whose digests they go by. */
async function checkUnchanged(
  packed: readonly CellDeclaration[],
  bundled: readonly BundledCell[],
  { code, root }: ExportOptions,
): Promise<void> {
  code.refresh();
  for (const [n, cell] of packed.entries()) {
    const now = await codeOf(cell, code);
    if (now.code === bundled[n].code && now.beneath === bundled[n].beneath) continue;
    throw new Error(
      `Cannot pack stage "${cell.stage.name}": its code (${
        relative(root, fileURLToPath(cell.stage.entry))
      } and what it imports) was edited meanwhile; run the same command again`,
    );
  }
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
