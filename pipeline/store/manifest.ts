/**
 * Manifests as files: each ends with the digest of all bytes before it, so that no bit of it can
 * change unnoticed.
 *
 * @module
 */
import type { Adoption } from "./adoption.ts";
import { type Digest, digestOf, isDigest } from "./digest.ts";
import type { Json } from "./canonical.ts";
import { type Ingredients, type Key, keyOf } from "./key.ts";

/** One output file in the store. */
export interface StoredFile {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What a finished cell leaves. */
export interface Manifest extends Ingredients {
  readonly key: Key;
  readonly cell: string;
  readonly outputs: Readonly<Record<string, StoredFile>>;
  /** Headline numbers by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Engine, versions, host, times; not part of the key. */
  readonly provenance: Provenance;
  /** Where code earlier than this key's computed the outputs: how that came here, oldest first. */
  readonly adopted?: readonly Adoption[];
}

/** Where, when and with what a cell was computed. */
export interface Provenance {
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly finished: string;
  /** Wall-clock seconds of the process that finished the cell. */
  readonly seconds: number;
  readonly [name: string]: Json;
}

/** Why an object cannot be used. */
export type Defect = "missing" | "damaged";

const TAG = "smoothness/manifest/1\0";

const seal = (digest: Digest) => `,\n  "digest": "${digest}"\n}\n`;

const SEAL_LENGTH = seal("0".repeat(64) as Digest).length;

/** All that a manifest without a digest of its own may hold: the first versions wrote such. */
const FIELDS = [
  "stage",
  "code",
  "parameters",
  "inputs",
  "seed",
  "key",
  "cell",
  "metrics",
  "provenance",
  "outputs",
];

/** What a manifest's file turned out to be. */
export type ManifestReading =
  | { readonly kind: "sound"; readonly manifest: Manifest; readonly sealed: boolean }
  | { readonly kind: Defect };

/** A manifest as it is written, with its digest last. */
export function manifestText(manifest: Manifest): string {
  const content = Object.fromEntries(
    Object.entries(manifest).filter(([name]) => name !== "digest"),
  );
  const body = JSON.stringify(content, null, 2).slice(0, -"\n}".length);
  return body + seal(digestOf(TAG + body));
}

/** Reads and checks the manifest in a file. */
export function readManifest(path: string): ManifestReading {
  try {
    return checkManifest(Deno.readFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "missing" };
    throw error;
  }
}

/** Checks a manifest's bytes; one without a digest is checked as far as that goes. */
export function checkManifest(bytes: Uint8Array): ManifestReading {
  const at = Math.max(0, bytes.length - SEAL_LENGTH);
  const body = bytes.subarray(0, at), decoder = new TextDecoder();
  const expected = seal(digestOf(concatenate(new TextEncoder().encode(TAG), body)));
  const sealed = decoder.decode(bytes.subarray(at)) === expected;
  try {
    const content = JSON.parse(decoder.decode(sealed ? body : bytes) + (sealed ? "\n}" : ""));
    return sealed || isUnsealed(content)
      ? { kind: "sound", manifest: content, sealed }
      : { kind: "damaged" };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return { kind: "damaged" };
    throw error;
  }
}

/**
 * Whether this is a manifest of the first versions: nothing more than these fields, so that one
 * whose digest is damaged never passes for one without.
 */
function isUnsealed(content: Manifest): boolean {
  return Object.keys(content).sort().join() === [...FIELDS].sort().join() &&
    keyOf(content) === content.key &&
    typeof content.cell === "string" &&
    typeof content.provenance.finished === "string" &&
    Object.values(content.metrics).every((value) => typeof value === "number") &&
    Object.values(content.outputs).every(({ digest, size }) =>
      isDigest(digest) && Number.isSafeInteger(size)
    );
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
