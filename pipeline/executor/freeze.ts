/** How code is frozen: `frozen.ts` says what that is. @module */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleModule } from "../bundle/bundle_code.ts";
import { rulePath } from "../bundle/content.ts";
import {
  bundledStage,
  bundleStages,
  checkUnchanged,
  type CodeDigests,
  codeOf,
  stagesOf,
} from "../bundle/stage_files.ts";
import type { CellDeclaration, Stage } from "../cells/stage.ts";
import type { Code } from "../code/code_digest.ts";
import { readCodeRecord } from "../code/code_record.ts";
import { type Digest, digestOf, digestOfFile, digestOfValue } from "../store/digest.ts";
import { removeIfPresent, statIfPresent, syncFolder } from "../store/files.ts";
import { exclusively } from "../store/lease.ts";
import type { Store } from "../store/store.ts";
import {
  type Frozen,
  FROZEN_INDEX,
  type FrozenContent,
  frozenDigest,
  frozenFolder,
  indexText,
  isSound,
  WORKER,
} from "./frozen.ts";
import { WORKER_SCRIPT, WORKER_SCRIPT_FILE } from "./worker_script.ts";

/** What {@linkcode freeze} is to know. */
export interface FreezeOptions {
  /** The repository. */
  readonly root: string;
  readonly store: Store;
  readonly code: Code;
  /** Module of the worker's program. */
  readonly worker: URL;
  readonly onNote: (text: string) => void;
}

/** Why a cell can only run where the repository is; `undefined` if it can run anywhere. */
export function staysHere({ stage, permissions, files = {} }: CellDeclaration): string | undefined {
  const { net = [] } = { ...stage.permissions, ...permissions };
  if (net.length > 0) return `it needs the network (${net.join(", ")})`;
  const [external] = Object.keys(files);
  return external && `it reads files from outside the store (${external})`;
}

/**
 * Makes a folder in the store with the code of cells, or finds the one that is there: what was frozen
 * before is not bundled again.
 *
 * @throws {Error} If a cell can only run here, or the code is edited meanwhile
 */
export async function freeze(
  cells: readonly CellDeclaration[],
  options: FreezeOptions,
): Promise<Frozen> {
  const { store, code, worker } = options;
  for (const cell of cells) {
    const why = staysHere(cell);
    if (why !== undefined) throw new Error(`Cannot hand over "${cell.id}": ${why}; run it here`);
  }
  const kinds = distinct(cells), program = programOf(worker), digests: CodeDigests[] = [];
  for (const cell of kinds) digests.push(await codeOf(cell, code));
  const own = await codeOf(program, code);
  const content: FrozenContent = {
    deno: Deno.version.deno,
    worker: digestOfValue("worker", [own.code, digestOf(WORKER_SCRIPT)]),
    stages: stagesOf(kinds).map(bundledStage),
    codes: kinds.map(({ stage, rules = [] }, n) => ({
      ...{ stage: stage.name, rules: rules.map(({ kind, name }) => ({ kind, name })) },
      ...digests[n],
    })),
  };
  const digest = frozenDigest(content), folder = join(frozenFolder(store), digest);
  if (await isSound(folder, digest) && await touch(folder, store)) return { digest, folder };
  const temporary = `${folder}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await write(temporary, kinds, digests, content, options);
    await checkUnchanged([...kinds, program], [...digests, own], options);
    await put(temporary, folder, digest, store);
  } finally {
    removeIfPresent(temporary);
  }
  return { digest, folder };
}

/** One cell for each stage with the same rules, sorted. */
function distinct(cells: readonly CellDeclaration[]): CellDeclaration[] {
  const nameOf = ({ stage, rules = [] }: CellDeclaration) =>
    [stage.name, ...rules.map(rulePath)].join();
  const byName = new Map(cells.map((cell) => [nameOf(cell), cell]));
  return [...byName].sort(([a], [b]) => a < b ? -1 : 1).map(([, cell]) => cell);
}

/** The worker's program, whose code is digested as that of a stage. */
function programOf(entry: URL): { readonly stage: Stage } {
  return { stage: { name: "worker", entry, summary: "", outputs: [] } };
}

/** Makes the folder. */
async function write(
  folder: string,
  cells: readonly CellDeclaration[],
  digests: readonly CodeDigests[],
  content: FrozenContent,
  { root, store, code, worker, onNote }: FreezeOptions,
): Promise<void> {
  const scratch = join(folder, "scratch"), files: Record<string, Digest> = {};
  Deno.mkdirSync(scratch, { recursive: true });
  const bundled = await bundleStages(cells, digests, {
    ...{ root, code, folder: scratch, onNote },
    recorded: (digest) => readCodeRecord(store.code(digest), digest),
  });
  for (const [path, from] of bundled.files) {
    Deno.mkdirSync(dirname(join(folder, path)), { recursive: true });
    Deno.renameSync(from, join(folder, path));
  }
  removeIfPresent(scratch);
  await bundleModule(root, fileURLToPath(worker), join(folder, WORKER));
  Deno.writeTextFileSync(join(folder, WORKER_SCRIPT_FILE), WORKER_SCRIPT);
  for (const path of [...bundled.files.keys(), WORKER, WORKER_SCRIPT_FILE].sort()) {
    files[path] = await digestOfFile(join(folder, path));
    using file = await Deno.open(join(folder, path));
    await file.sync();
  }
  const index = indexText({ ...content, stages: bundled.stages, files });
  Deno.writeTextFileSync(join(folder, FROZEN_INDEX), index);
}

/** `gc` and all who freeze come one after another. */
const guarded = <T>({ folder }: Store, work: () => T) =>
  exclusively(join(folder, "work", "frozen"), work);

/** Makes frozen code young again, so that "gc" leaves it alone; false if it is gone. */
async function touch(folder: string, store: Store): Promise<boolean> {
  return await guarded(store, () => {
    if (statIfPresent(folder) === undefined) return false;
    const now = new Date();
    Deno.utimeSync(join(folder, FROZEN_INDEX), now, now);
    return true;
  });
}

/** Gives what is complete its name, unless another froze the same meanwhile. */
async function put(from: string, to: string, digest: Digest, store: Store): Promise<void> {
  for (let done = false; !done;) {
    const before = statIfPresent(to), sound = before !== undefined && await isSound(to, digest);
    done = await guarded(store, () => {
      // Another has just put it there: that one is looked at, too.
      if (statIfPresent(to)?.ino !== before?.ino) return false;
      if (sound) return true;
      // What is damaged makes room; "gc" takes it.
      if (before !== undefined) Deno.renameSync(to, `${to}.${crypto.randomUUID().slice(0, 8)}.tmp`);
      Deno.renameSync(from, to);
      return true;
    });
  }
  syncFolder(dirname(to));
}
