/**
 * A store that several machines share. The interface is small, so that others than a mounted folder
 * and a bucket can follow; what comes from it is trusted only after it was hashed (`cache.ts`).
 *
 * @module
 */
import { messageOf } from "../../lib/std/message_of.ts";
import type { Digest } from "../store/digest.ts";
import type { Key } from "../store/key.ts";

/**
 * What a remote keeps: objects and records of code by digest; by key manifests, attestations, and how
 * the last attempt to run a cell elsewhere ended.
 */
export type RemoteName =
  | { readonly kind: "object" | "code"; readonly digest: Digest }
  | { readonly kind: "manifest" | "attestations" | "attempt"; readonly key: Key };

/** What a remote says of one state of a thing: another one after each change. */
export type Version = string & { readonly __brand: "Version" };

/**
 * When a thing is written: `once` if nothing is there yet, `replace` whatever is there, `match` if
 * what is there is still what was read.
 */
export type PutHow = "once" | "replace" | { readonly match: Version };

/** One thing that a remote keeps. */
export interface RemoteEntry {
  readonly name: RemoteName;
  /** Bytes. */
  readonly size: number;
  /** When it was written: milliseconds since 1970, by the remote's clock. */
  readonly written: number;
}

/** What a writer began and did not end: nobody can see it as a thing of the remote. */
export interface Unfinished {
  /** For messages. */
  readonly where: string;
  /** When it began: milliseconds since 1970, by the remote's clock. */
  readonly begun: number;
  readonly discard: () => Promise<void>;
}

/** A failure of this machine while something was exchanged with a remote; `cause` says of what. */
export class LocalError extends Error {
  override name = "LocalError";
}

/** A remote that cannot be asked at the moment; `cause` says why. */
export class RemoteSilent extends Error {
  override name = "RemoteSilent";
}

/** Does something with files of this machine alone. */
export async function locally<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LocalError) throw error;
    throw new LocalError(messageOf(error), { cause: error });
  }
}

/** A place that keeps what cells left. One contract test runs against all (`contract_test.ts`). */
export interface Remote {
  /** For messages; without credentials. */
  readonly place: string;
  /** Where a thing is, for messages. */
  readonly where: (name: RemoteName) => string;
  /** Those of many names that are there: the same records that were passed. */
  readonly has: (
    names: readonly RemoteName[],
    signal?: AbortSignal,
  ) => Promise<ReadonlySet<RemoteName>>;
  /**
   * Copies a thing to a new local file, and says which version it is; `undefined` where the remote
   * does not have it.
   *
   * @throws {LocalError} If the local file cannot be written
   */
  readonly get: (
    name: RemoteName,
    to: string,
    signal?: AbortSignal,
  ) => Promise<Version | undefined>;
  /**
   * Copies a local file to the remote, whole or not at all; `lost` if it was there already (`once`),
   * or is not any more what was read (`match`).
   *
   * @throws {LocalError} If the local file cannot be read
   */
  readonly put: (
    name: RemoteName,
    from: string,
    how: PutHow,
    signal?: AbortSignal,
  ) => Promise<"written" | "lost">;
  /** All things of a kind, in no order that counts. */
  readonly list: (kind: RemoteName["kind"], signal?: AbortSignal) => AsyncIterable<RemoteEntry>;
  /** Removes a thing, if it is there. */
  readonly remove: (name: RemoteName) => Promise<void>;
  /** What writers left half done. */
  readonly unfinished: (signal?: AbortSignal) => Promise<readonly Unfinished[]>;
  /** Ends what it holds open, if anything; a process that ends does so, too. */
  readonly close?: () => Promise<void>;
}
