/**
 * The code of cells as files that need neither the repository nor a network: one a stage, a worker
 * and a rule, and the record of each code.
 *
 * @module
 */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Code } from "../code/code_digest.ts";
import { type CodeRecord, codeRecordText } from "../code/code_record.ts";
import type { Digest } from "../store/digest.ts";
import type { CellDeclaration, Stage } from "../cells/stage.ts";
import { bundleModule } from "./bundle_code.ts";
import {
  type BundledCell,
  type BundledStage,
  recordPath,
  rulePath,
  stagePath,
  workerPath,
} from "./content.ts";
import { workersOf } from "./workers.ts";

/** Digests by which the code of a cell goes. */
export type CodeDigests = Pick<BundledCell, "code" | "beneath">;

/** What {@linkcode bundleStages} is to know. */
export interface StageFilesOptions {
  /** The repository. */
  readonly root: string;
  readonly code: Code;
  /** An existing folder for the files. */
  readonly folder: string;
  readonly onNote: (text: string) => void;
  /** Records that were made before: making one takes seconds. */
  readonly recorded?: (digest: Digest) => CodeRecord | undefined;
}

/** The code of cells, bundled. */
export interface StageFiles {
  /** Sorted by name. */
  readonly stages: readonly BundledStage[];
  /** Where the files lie, by their paths in what they are bundled for. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Bundles all that cells run.
 *
 * @param digests Digests of the cells' code, in their order
 */
export async function bundleStages(
  cells: readonly CellDeclaration[],
  digests: readonly CodeDigests[],
  { root, code, folder, onNote, recorded }: StageFilesOptions,
): Promise<StageFiles> {
  const files = new Map<string, string>(), listed: BundledStage[] = [];
  const fileFor = (path: string) => join(folder, path.replaceAll("/", "-"));
  const bundleInto = async (module: string, path: string) => {
    await bundleModule(root, module, fileFor(path));
    files.set(path, fileFor(path));
  };
  const stages = stagesOf(cells);
  const workers = new Map<string, string>();
  for (const stage of stages) {
    onNote(`Bundling stage ${stage.name}`);
    await bundleInto(fileURLToPath(stage.entry), stagePath(stage.name));
    const started = await workersOf(await code.files({ stage }), workers);
    listed.push({ ...bundledStage(stage), ...started.length === 0 ? {} : { workers: started } });
  }
  for (const [name, module] of workers) await bundleInto(module, workerPath(name));
  const rules = cells.flatMap(({ rules = [] }) => rules);
  for (const [path, { module }] of new Map(rules.map((rule) => [rulePath(rule), rule]))) {
    await bundleInto(fileURLToPath(module), path);
  }
  for (const [n, { code: digest }] of digests.entries()) {
    const path = recordPath(digest);
    if (files.has(path)) continue;
    Deno.writeTextFileSync(
      fileFor(path),
      codeRecordText(recorded?.(digest) ?? await code.record(cells[n])),
    );
    files.set(path, fileFor(path));
  }
  return { stages: listed, files };
}

/** The stages of cells, sorted by name. */
export function stagesOf(cells: readonly CellDeclaration[]): Stage[] {
  return [...new Map(cells.map(({ stage }) => [stage.name, stage])).values()]
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** A stage without what only the repository has. */
export function bundledStage(
  { name, summary, outputs, permissions, engine, revision }: Stage,
): BundledStage {
  return JSON.parse(JSON.stringify({ name, summary, outputs, permissions, engine, revision }));
}

/** Digests of a cell's code. */
export async function codeOf(
  cell: Pick<CellDeclaration, "stage" | "rules">,
  code: Code,
): Promise<CodeDigests> {
  const beneath = await code.beneath(cell);
  return { code: await code.digest(cell), ...beneath === undefined ? {} : { beneath } };
}

/**
 * The bundled files are made from just the code whose digests they go by.
 *
 * @throws {Error} If it was edited since
 */
export async function checkUnchanged(
  cells: readonly Pick<CellDeclaration, "stage" | "rules">[],
  digests: readonly CodeDigests[],
  { code, root }: Pick<StageFilesOptions, "code" | "root">,
): Promise<void> {
  code.refresh();
  for (const [n, cell] of cells.entries()) {
    const now = await codeOf(cell, code);
    if (now.code === digests[n].code && now.beneath === digests[n].beneath) continue;
    throw new Error(
      `Cannot pack stage "${cell.stage.name}": its code (${
        relative(root, fileURLToPath(cell.stage.entry))
      } and what it imports) was edited meanwhile; run the same command again`,
    );
  }
}
