/**
 * Where outputs come from: the manifests of all cells that led to them, up to the data.
 *
 * @module
 */
import { basename, join } from "node:path";
import { type Digest, isDigest } from "../store/digest.ts";
import { statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import type { Store } from "../store/store.ts";
import type { Manifest } from "../store/manifest.ts";

/** All that led to the outputs of one cell. */
export interface Lineage {
  /** The cell itself first; each before its inputs. */
  readonly manifests: readonly Manifest[];
  /** Inputs whose manifest is no longer in the store. */
  readonly lost: readonly string[];
}

type Outputs = Readonly<Record<string, Digest>>;

/** Finds the run that left just these outputs. */
export function openRuns(
  store: Store,
  profile: string,
): (cell: string, outputs: Outputs) => Manifest | undefined {
  let all: readonly Manifest[] | undefined;
  return (cell, outputs) => {
    const fits = (manifest: Manifest | undefined) =>
      manifest !== undefined && manifest.cell === cell &&
      Object.entries(outputs).every(([name, digest]) => manifest.outputs[name]?.digest === digest);
    const latest = store.latest(profile, cell);
    return fits(latest) ? latest : (all ??= allManifests(store)).find(fits);
  };
}

/** Follows the inputs of a run to the data. */
export function lineageOf(
  manifest: Manifest,
  find: (cell: string, outputs: Outputs) => Manifest | undefined,
): Lineage {
  const done = new Map<string, Manifest>(), lost = new Set<string>();
  const visit = (run: Manifest) => {
    if (done.has(run.key)) return;
    for (const [cell, outputs] of Object.entries(run.inputs)) {
      if (cell.startsWith("external:")) continue;
      const found = find(cell, outputs);
      if (found === undefined) lost.add(cell);
      else visit(found);
    }
    done.set(run.key, run);
  };
  visit(manifest);
  return { manifests: [...done.values()].reverse(), lost: [...lost] };
}

function allManifests(store: Store): Manifest[] {
  const manifests = join(store.folder, "manifests");
  if (statIfPresent(manifests) === undefined) return [];
  return [...Deno.readDirSync(manifests)]
    .map(({ name }) => basename(name, ".json"))
    .flatMap((key) => isDigest(key) ? store.manifest(key as Key) ?? [] : []);
}
