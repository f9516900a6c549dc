/**
 * Attestations: what came out when a finished cell was computed again, kept beside its manifest.
 *
 * @module
 */
import { join } from "node:path";
import type { Comparison, Tolerance } from "./comparison.ts";
import { type Digest, digestOfValue } from "./digest.ts";
import { readJson, statIfPresent, writeAtomic } from "./files.ts";
import type { Key } from "./key.ts";
import type { Json } from "./canonical.ts";
import type { Store } from "./store.ts";
import type { Manifest } from "./manifest.ts";

/** How what came out again compares with what was recorded. */
export type Recomputed = "identical" | "within tolerance" | "different";

/** One output, as recorded and as it came out again. */
export type OutputComparison = Comparison & {
  readonly recorded: Digest;
  readonly again: Digest;
};

/** What one recomputation showed. */
export interface Attestation {
  readonly cell: string;
  readonly key: Key;
  readonly verdict: Recomputed;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly tolerance: Tolerance;
  readonly outputs: Readonly<Record<string, OutputComparison>>;
  readonly metrics: Comparison;
  /** Machine, engine and versions of the recomputation. */
  readonly provenance: { readonly [name: string]: Json };
}

/** Where the attestations of a key lie. */
export function attestationsPath(store: Store, key: Key): string {
  return join(store.folder, "manifests", `${key}.attestations.json`);
}

/** Digest of all that an attestation says; it stands in the file beside it. */
function digestOfAttestation(attestation: Attestation): Digest {
  return digestOfValue("attestation", { ...attestation } as unknown as Json);
}

/** Reads the attestations of a file, oldest first; those that are not as they were written go. */
export function readAttestations(path: string): readonly Attestation[] {
  return attestationsIn(readJson<unknown>(path));
}

function attestationsIn(found: unknown): readonly Attestation[] {
  return !Array.isArray(found) ? [] : found.flatMap((one) => {
    if (typeof one !== "object" || one === null) return [];
    const { digest, ...attestation } = one;
    return digest === digestOfAttestation(attestation) ? [attestation] : [];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a file holds attestations that are all as they were written. */
export function attestationsSound(path: string): boolean {
  if (statIfPresent(path) === undefined) return true;
  // Read once: a run may add to it in between.
  const text = Deno.readTextFileSync(path);
  return attestationsText(attestationsIn(parsed(text))) === text;
}

/** All attestations of a key, oldest first. */
export function attestations(store: Store, key: Key): readonly Attestation[] {
  return readAttestations(attestationsPath(store, key));
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
  const { key } = attestation;
  keepAttestations(store, key, mergedAttestations(attestations(store, key), [attestation]));
}

/** Keeps these as the attestations of a key. */
export function keepAttestations(store: Store, key: Key, all: readonly Attestation[]): void {
  writeAtomic(attestationsPath(store, key), attestationsText(all));
}

/** Two lists as one, oldest first. */
export function mergedAttestations(
  some: readonly Attestation[],
  others: readonly Attestation[],
): readonly Attestation[] {
  const byDigest = new Map([...some, ...others].map((one) => [digestOfAttestation(one), one]));
  return [...byDigest.values()].sort((a, b) => a.date < b.date ? -1 : a.date > b.date ? 1 : 0);
}

function attestationsText(all: readonly Attestation[]): string {
  // As they will be read: JSON has no NaN.
  const written: Attestation[] = JSON.parse(JSON.stringify(all));
  const sealed = written.map((one) => ({ ...one, digest: digestOfAttestation(one) }));
  return JSON.stringify(sealed, null, 2) + "\n";
}
