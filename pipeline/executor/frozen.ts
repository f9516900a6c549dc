/**
 * Frozen code: what cells run and the worker that runs them, as a folder that needs neither the
 * repository nor a network, and that no edit changes. It holds code alone; which cells there are and
 * what they read comes with their tasks.
 *
 * @module
 */
import { join } from "node:path";
import type { BundledCode } from "../bundle/bundled_code.ts";
import type { BundledStage } from "../bundle/content.ts";
import type { Json } from "../store/canonical.ts";
import { type Digest, digestIfPresent, digestOf, digestOfValue } from "../store/digest.ts";
import { readJson } from "../store/files.ts";
import type { Store } from "../store/store.ts";

/** What is frozen. */
export interface FrozenContent {
  /** Version of Deno that bundled it. */
  readonly deno: string;
  /** Digest of the worker's own code. */
  readonly worker: Digest;
  /** Sorted by name. */
  readonly stages: readonly BundledStage[];
  /** By stage and rules, sorted. */
  readonly codes: readonly BundledCode[];
}

/** `frozen.json`. */
export interface FrozenIndex extends FrozenContent {
  /** Digests of all other files by path. */
  readonly files: Readonly<Record<string, Digest>>;
}

/** Frozen code that is there. */
export interface Frozen {
  /** Of what is frozen: the same code has the same, wherever it is frozen. */
  readonly digest: Digest;
  readonly folder: string;
}

/** File of the index. */
export const FROZEN_INDEX = "frozen.json";

/** File of the worker. */
export const WORKER = "worker.js";

/** Folder of all frozen code of a store. */
export const frozenFolder = ({ folder }: Pick<Store, "folder">): string => join(folder, "frozen");

/** The digest by which frozen code goes; which workers a stage starts follows from its code. */
export function frozenDigest({ deno, worker, stages, codes }: FrozenContent): Digest {
  const parts = { deno, worker, codes, stages: stages.map(({ workers: _, ...stage }) => stage) };
  return digestOfValue("frozen", JSON.parse(JSON.stringify(parts)) as Json);
}

/** An index as it is written, with a digest of all of it. */
export function indexText(index: FrozenIndex): string {
  return JSON.stringify({ ...index, seal: sealOf(index) }) + "\n";
}

const sealOf = ({ deno, worker, stages, codes, files }: FrozenIndex): Digest =>
  digestOf(`frozen index\0${JSON.stringify([deno, worker, stages, codes, files])}`);

/**
 * Reads the index of frozen code.
 *
 * @param digest What it is to go by; anything if left out
 * @throws {Error} If it is not there, damaged, or of other code
 */
export function readFrozen(folder: string, digest?: Digest): FrozenIndex {
  const path = join(folder, FROZEN_INDEX);
  const problem = (what: string) => new Error(`Cannot use the frozen code "${folder}": ${what}`);
  const found = readJson<FrozenIndex & { seal: Digest }>(path);
  if (found === undefined) throw problem(`${FROZEN_INDEX} is missing or not complete`);
  if (!Array.isArray(found.stages) || sealOf(found) !== found.seal) {
    throw problem(`${FROZEN_INDEX} is damaged: its digest is not what it says; remove the folder`);
  }
  const { seal: _, ...index } = found, own = frozenDigest(index);
  if (digest === undefined || own === digest) return index;
  throw problem(`it is ${own}, expected ${digest}`);
}

/** Whether a folder has all that its index names, each file with its digest. */
export async function isSound(folder: string, digest: Digest): Promise<boolean> {
  try {
    const { files } = readFrozen(folder, digest);
    const found = await Promise.all(
      Object.keys(files).map((path) => digestIfPresent(join(folder, path))),
    );
    return Object.values(files).every((expected, n) => found[n] === expected);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Cannot ")) return false;
    throw error;
  }
}
