import { type Code } from "../code/code_digest.ts";
import type { StatCache } from "../code/stat_cache.ts";
import type { Digest } from "../store/digest.ts";
import { type Ingredients, type InputDigests, type Key, keyOf } from "../store/key.ts";
import type { RemoteCache } from "../remote/cache.ts";
import { limited } from "../remote/parallel.ts";
import { outputsOf } from "../cells/outputs.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { checkCellPaths } from "../cells/stage_paths.ts";
import { type Reason, reasons } from "./staleness.ts";
import type { Store } from "../store/store.ts";
import { systemProblem } from "../store/system_error.ts";
import type { Defect, Manifest } from "../store/manifest.ts";

/** What is to be done about a cell. */
export interface Assessment {
  readonly cell: CellDeclaration;
  /** Empty if the cell is fresh. */
  readonly reasons: readonly Reason[];
  /** Known once all inputs are fresh. */
  readonly ingredients?: Ingredients;
  readonly key?: Key;
  /** The manifest of this key, even if its objects are gone. */
  readonly manifest?: Manifest;
  /** Whether the outputs are in the remote store alone: nothing can read them before a run. */
  readonly remote?: boolean;
  /** What this profile used last, whatever its key. */
  readonly latest?: Manifest;
}

/** What an assessment needs. */
export interface Assessor {
  readonly profile: string;
  readonly store: Store;
  readonly code: Code;
  readonly stats: StatCache;
  /** Where finished cells are looked for that the store does not have. */
  readonly remote?: Omit<RemoteCache, "needed">;
  /** Whether nothing is brought into the store: what the remote has is named alone. */
  readonly readOnly?: boolean;
  /** When it is aborted, a remote is waited for no longer. */
  readonly signal?: AbortSignal;
}

/** Assesses one cell, whose inputs have been assessed before. */
export async function assess(
  cell: CellDeclaration,
  inputs: ReadonlyMap<string, Assessment>,
  { profile, store, code, stats, remote, readOnly = false, signal }: Assessor,
): Promise<Assessment> {
  const own = {
    stage: cell.stage.name,
    code: await code.digest(cell),
    ...cell.stage.revision === undefined ? {} : { revision: cell.stage.revision.number },
    parameters: cell.parameters,
    seed: cell.seed ?? "0",
  };
  const staleInputs = cell.inputs.filter((id) => !isFresh(inputs.get(id)!));
  let ingredients: Ingredients | undefined, key: Key | undefined, manifest: Manifest | undefined;
  let defects: Readonly<Record<string, Defect>> = {}, offered = false;
  if (staleInputs.length === 0) {
    const digests: Record<string, Record<string, Digest>> = {};
    for (const id of cell.inputs) digests[id] = outputDigests(inputs.get(id)!.manifest!);
    for (const [name, files] of Object.entries(cell.files ?? {})) {
      digests[name] = {};
      for (const [file, path] of Object.entries(files)) {
        digests[name][file] = await externalDigest(cell.id, path, stats);
      }
    }
    ingredients = { ...own, inputs: digests satisfies InputDigests };
    key = keyOf(ingredients);
    manifest = store.manifest(key);
    defects = defectsOf(manifest, store);
    const usable = manifest !== undefined && Object.keys(defects).length === 0;
    const taken = usable
      ? undefined
      : await (readOnly ? remote?.look : remote?.pull)?.(cell, key, signal);
    if (taken !== undefined) {
      manifest = taken;
      defects = readOnly ? {} : defectsOf(manifest, store);
      offered = readOnly;
    }
  }
  const latestKey = store.latestKey(profile, cell.id);
  // A fresh cell's manifest is read, and its digest checked, but once.
  const latest = latestKey === undefined
    ? undefined
    : latestKey === manifest?.key
    ? manifest
    : store.manifest(latestKey);
  const evidence = {
    own,
    wanted: ingredients,
    current: manifest,
    manifestDamaged: key !== undefined && manifest === undefined &&
      store.manifestDefect(key) === "damaged",
    latest,
    outputs: outputsOf(cell),
    revision: cell.stage.revision,
    defects,
    staleInputs,
  };
  return {
    ...{ cell, reasons: reasons(evidence), ingredients, key, manifest, latest },
    ...offered ? { remote: true } : {},
  };
}

/** Cells that are looked for in a remote at a time. */
const ASKED_AT_A_TIME = 16;

/** Assesses cells that stand in an order in which inputs come first. */
export async function assessAll(
  cells: readonly CellDeclaration[],
  assessor: Assessor,
): Promise<Map<string, Assessment>> {
  checkCellPaths(cells);
  const assessed = new Map<string, Assessment>();
  if (assessor.remote === undefined) {
    for (const cell of cells) assessed.set(cell.id, await assess(cell, assessed, assessor));
    return assessed;
  }
  // A remote may be far away: cells wait for their inputs alone.
  const limit = limited(ASKED_AT_A_TIME), pending = new Map<string, Promise<void>>();
  for (const cell of cells) {
    const inputs = cell.inputs.map((id) => pending.get(id));
    pending.set(
      cell.id,
      Promise.all(inputs).then(() =>
        limit(async () => void assessed.set(cell.id, await assess(cell, assessed, assessor)))
      ),
    );
  }
  await Promise.all(pending.values());
  return new Map(cells.map(({ id }) => [id, assessed.get(id)!]));
}

/** Whether a cell's outputs can be used as they are. */
export function isFresh(
  assessment: Assessment,
): assessment is Assessment & { readonly key: Key; readonly manifest: Manifest } {
  return assessment.reasons.length === 0 && assessment.manifest !== undefined;
}

/**
 * Digest of a file from outside that a cell reads.
 *
 * @throws {Error} If it cannot be read; the message names it
 */
export async function externalDigest(
  cell: string,
  path: string,
  stats: StatCache,
): Promise<Digest> {
  try {
    return await stats.digest(path);
  } catch (error) {
    throw new Error(`Cannot read "${path}", an input of "${cell}": ${systemProblem(error)}`, {
      cause: error,
    });
  }
}

/** Outputs of a manifest that cannot be used, by name. */
function defectsOf(manifest: Manifest | undefined, store: Store): Record<string, Defect> {
  const defects: Record<string, Defect> = {};
  for (const [name, file] of Object.entries(manifest?.outputs ?? {})) {
    const defect = store.inspect(file);
    if (defect !== undefined) defects[name] = defect;
  }
  return defects;
}

function outputDigests(manifest: Manifest): Record<string, Digest> {
  return Object.fromEntries(
    Object.entries(manifest.outputs).map(([name, { digest }]) => [name, digest]),
  );
}
