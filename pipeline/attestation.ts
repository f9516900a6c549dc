/**
 * Attestations: what came out when a finished cell was computed again, kept beside its manifest.
 *
 * @module
 */
import { join } from "node:path";
import type { Comparison, Tolerance } from "./compare.ts";
import type { Digest } from "./digest.ts";
import { readJson, writeAtomic } from "./files.ts";
import type { Key } from "./key.ts";
import type { Json } from "./stage.ts";
import type { Manifest, Store } from "./store.ts";

/** How what came out again compares with what was recorded. */
export type Verdict = "identical" | "within tolerance" | "different";

/** One output, as recorded and as it came out again. */
export type OutputComparison = Comparison & {
  readonly recorded: Digest;
  readonly again: Digest;
};

/** What one recomputation showed. */
export interface Attestation {
  readonly cell: string;
  readonly key: Key;
  readonly verdict: Verdict;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly tolerance: Tolerance;
  readonly outputs: Readonly<Record<string, OutputComparison>>;
  readonly metrics: Comparison;
  /** Machine, engine and versions of the recomputation. */
  readonly provenance: { readonly [name: string]: Json };
}

const path = (store: Store, key: Key) =>
  join(store.folder, "manifests", `${key}.attestations.json`);

/** All attestations of a key, oldest first. */
export function attestations(store: Store, key: Key): readonly Attestation[] {
  const found = readJson<Attestation[]>(path(store, key));
  return Array.isArray(found) ? found : [];
}

/** The latest attestation of just the outputs that a manifest names. */
export function latestAttestation(store: Store, manifest: Manifest): Attestation | undefined {
  return attestations(store, manifest.key).findLast(({ outputs }) =>
    Object.entries(manifest.outputs).every(([name, { digest }]) =>
      outputs[name]?.recorded === digest
    )
  );
}

/** Adds an attestation to those of its key. */
export function addAttestation(store: Store, attestation: Attestation): void {
  const all = [...attestations(store, attestation.key), attestation];
  writeAtomic(path(store, attestation.key), JSON.stringify(all, null, 2) + "\n");
}
