/**
 * Adoptions: outputs that earlier code computed and that stand under a new key, because the new code
 * left the same where it was tried.
 *
 * @module
 */
import type { LargestDifference } from "./comparison.ts";
import type { Tolerance } from "./comparison.ts";
import type { Digest } from "./digest.ts";
import type { Key } from "./key.ts";

/** One trial of new code, after which a cell was adopted. */
export interface Adoption {
  /** Key under which the outputs stood before; its manifest need not be there any more. */
  readonly from: Key;
  /** Digests of the code that computed or was tried before, and of the code that was tried now. */
  readonly code: { readonly before: Digest; readonly now: Digest };
  readonly trial: TrialRecord;
  readonly tolerance: Tolerance;
}

/** What was tried, where and when, and how it compared. */
export interface TrialRecord {
  /** For example `epoch 1 of 16`. */
  readonly what: string;
  /** Values that were compared, and those of them that differ, none by more than is allowed. */
  readonly compared: number;
  readonly differing: number;
  /** The largest of these differences, measured by what is allowed. */
  readonly largest?: LargestDifference & { readonly file: string };
  /** Wall-clock seconds of the trial's process. */
  readonly seconds: number;
  readonly host: string;
  readonly engine?: string;
  /** Digest of the code beneath the engine's boundary. */
  readonly beneath?: string;
  /** When it ended: ISO 8601, UTC. */
  readonly date: string;
}

/** The trial of an adoption, for people: for example `epoch 1 of 16, bit for bit`. */
export function adoptionText({ trial, tolerance }: Adoption): string {
  const { what, differing, compared, largest } = trial;
  if (largest === undefined) return `${what}, bit for bit`;
  const { absolute, relative } = tolerance;
  return `${what}, ${differing} of ${compared} values within ${absolute} + ${relative} of the ` +
    `stored value`;
}
