/**
 * Adopts a cell that is stale by its code alone: the new code is tried on the beginning of the work,
 * and where it leaves what was recorded, the old outputs stand under the new key.
 *
 * @module
 */
import type { Manifest } from "../store/manifest.ts";
import { join } from "node:path";
import { type Assessment, isFresh } from "../freshness/assess.ts";
import type { Owner } from "../store/owner.ts";
import type { Adoption, TrialRecord } from "../store/adoption.ts";
import { readJson, removeIfPresent, statIfPresent, writeAtomic } from "../store/files.ts";
import { acquire } from "../store/lease.ts";
import { outputsOf } from "../cells/outputs.ts";
import type { Trial } from "../cells/stage.ts";
import type { Store } from "../store/store.ts";
import { type Again, type AgainOptions, computeAgain, unsoundOutput } from "./again.ts";
import { type CompareOptions, compareTrial, type TrialVerdict } from "./try_code.ts";
import { obstacle, trialOf, WHOLE, workOf } from "../freshness/adoptable.ts";

/** Options of {@linkcode adoptCell}. */
export interface AdoptOptions extends AgainOptions, CompareOptions {}

/** What became of one cell. */
export type AdoptOutcome =
  | { readonly kind: "adopted"; readonly manifest: Manifest; readonly adoption: Adoption }
  /** All of it was computed, and every byte is the same: it needs no adoption. */
  | { readonly kind: "computed"; readonly manifest: Manifest }
  | { readonly kind: "fresh" }
  /** It is not stale by its code alone. */
  | { readonly kind: "refused"; readonly text: string }
  | {
    readonly kind: "different";
    readonly what: string;
    readonly verdict: Exclude<TrialVerdict, { kind: "agrees" }>;
  }
  | { readonly kind: "busy"; readonly owner: Owner }
  | Exclude<Again, { kind: "done" }>;

/**
 * Tries the new code of one cell and publishes what was recorded if it agrees.
 *
 * @param inputs Assessments of all input cells, which are fresh
 */
export async function adoptCell(
  assessment: Assessment,
  inputs: readonly Assessment[],
  options: AdoptOptions,
): Promise<AdoptOutcome> {
  const { store } = options, { cell, key, latest } = assessment;
  if (isFresh(assessment)) return { kind: "fresh" };
  const text = obstacle(assessment);
  if (text !== undefined) return { kind: "refused", text };
  const manifests = [latest!, ...inputs.map(({ manifest }) => manifest!)];
  const reads = manifests.flatMap(({ outputs }) =>
    Object.values(outputs).map(({ digest }) => digest)
  );
  const attempt = await acquire(store.lease(key!), options.lease, reads);
  if (attempt.kind === "busy") return attempt;
  const { lease } = attempt, folder = join(store.cache, `adopt-${key}`);
  try {
    // Another process may have published it before the lease was free.
    if (store.manifest(key!) !== undefined) return { kind: "fresh" };
    const unsound = await unsoundOutput(manifests, store);
    if (unsound !== undefined) return { kind: "refused", text: unsound };
    let trial: Trial | undefined;
    try {
      trial = trialOf(assessment, store);
    } catch (error) {
      return { kind: "refused", text: (error as Error).message };
    }
    // A process that was killed may have left some.
    removeIfPresent(folder);
    const again = await computeAgain(assessment, inputs, folder, {
      ...options,
      trial: trial?.job,
      signal: AbortSignal.any([options.signal, lease.lost]),
    });
    if (again.kind === "interrupted" && !options.signal.aborted) {
      return { kind: "failed", text: "another pipeline took the cell over", tail: [] };
    }
    if (again.kind !== "done") return again;
    const { manifest: now, scratch } = again, what = trial?.what ?? WHOLE;
    const verdict = compareTrial(
      workOf(latest!, store.object),
      workOf(now, scratch.object),
      outputsOf(cell),
      trial,
      options,
    );
    if (verdict.kind !== "agrees") return { kind: "different", what, verdict };
    keepCode(store, scratch, now);
    if (trial === undefined && verdict.differing === 0) {
      const manifest = { ...now, outputs: latest!.outputs };
      store.record(manifest);
      return { kind: "computed", manifest };
    }
    const adoption = adoptionOf(latest!, now, what, verdict, options);
    const manifest = {
      ...adoptedManifest(latest!, now),
      adopted: [...latest!.adopted ?? [], adoption],
    };
    store.record(manifest);
    return { kind: "adopted", manifest, adoption };
  } finally {
    removeIfPresent(folder);
    await lease.release();
  }
}

/** What was recorded, under the key of the new code. */
function adoptedManifest(latest: Manifest, now: Manifest): Manifest {
  const { outputs, metrics, provenance } = latest;
  return { ...now, outputs, metrics, provenance };
}

function adoptionOf(
  latest: Manifest,
  { code, provenance }: Manifest,
  what: string,
  { compared, differing, largest }: Pick<TrialRecord, "compared" | "differing" | "largest">,
  { tolerance }: CompareOptions,
): Adoption {
  const { seconds, host, engine, beneath, finished } = provenance;
  return {
    from: latest.key,
    code: { before: latest.code, now: code },
    trial: {
      ...{ what, compared, differing, seconds, host: String(host), date: finished },
      ...largest === undefined ? {} : { largest },
      ...typeof engine === "string" ? { engine } : {},
      ...typeof beneath === "string" ? { beneath } : {},
    },
    tolerance,
  };
}

/** Keeps the record of the new code, which tells what changed since. */
function keepCode(store: Store, scratch: Store, { code }: Manifest): void {
  const record = readJson(scratch.code(code));
  if (record === undefined || statIfPresent(store.code(code)) !== undefined) return;
  writeAtomic(store.code(code), JSON.stringify(record));
}
