/**
 * A store that several machines share. The interface is small, so that others than a mounted folder
 * can follow; what comes from it is trusted only after it was hashed (`remote_cache.ts`).
 *
 * @module
 */
import { dirname, join } from "node:path";
import { messageOf } from "../../lib/std/message_of.ts";
import type { Digest } from "../store/digest.ts";
import { removeIfPresent, statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";

/** What a remote keeps: objects and records of code by digest, manifests and attestations by key. */
export type RemoteName =
  | { readonly kind: "object" | "code"; readonly digest: Digest }
  | { readonly kind: "manifest" | "attestations"; readonly key: Key };

/** A failure of this machine while something was exchanged with a remote; `cause` says of what. */
export class LocalError extends Error {
  override name = "LocalError";
}

/** Does something with files of this machine alone. */
export async function locally<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new LocalError(messageOf(error), { cause: error });
  }
}

/** A place that keeps what cells left. */
export interface Remote {
  /** For messages. */
  readonly place: string;
  /** Where a thing is, for messages. */
  readonly where: (name: RemoteName) => string;
  readonly has: (name: RemoteName) => Promise<boolean>;
  /**
   * Copies a thing to a new local file; false where the remote does not have it.
   *
   * @throws {LocalError} If the local file cannot be written
   */
  readonly get: (name: RemoteName, to: string) => Promise<boolean>;
  /** Copies a local file to the remote, whole or not at all, and replaces what is there. */
  readonly put: (name: RemoteName, from: string) => Promise<void>;
}

/**
 * A mounted folder, laid out as a store: another machine's store can be one.
 *
 * @throws {Error} If there is no such folder; it is not made, because it may only not be mounted
 */
export function openRemoteFolder(folder: string): Remote {
  let found: Deno.FileInfo | undefined;
  try {
    found = statIfPresent(folder);
  } catch (error) {
    throw new Error(`Cannot use the remote store "${folder}": ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!found?.isDirectory) {
    throw new Error(
      `Cannot use the remote store "${folder}": ${
        found === undefined ? "there is no such folder" : "it is no folder"
      }; mount it, or make it with "mkdir"`,
    );
  }
  function where(name: RemoteName): string {
    switch (name.kind) {
      case "object":
        return join(folder, "objects", name.digest.slice(0, 2), name.digest);
      case "code":
        return join(folder, "code", `${name.digest}.json`);
      case "manifest":
        return join(folder, "manifests", `${name.key}.json`);
      case "attestations":
        return join(folder, "manifests", `${name.key}.attestations.json`);
    }
  }
  return {
    place: folder,
    where,
    has: (name) => Promise.resolve(statIfPresent(where(name))?.isFile === true),
    async get(name, to) {
      if (!statIfPresent(where(name))?.isFile) return false;
      using from = await Deno.open(where(name));
      using target = await locally(() => Deno.open(to, { write: true, createNew: true }));
      const buffer = new Uint8Array(1 << 20);
      for (let count; (count = await from.read(buffer)) !== null;) {
        for (let at = 0; at < count;) {
          at += await locally(() => target.write(buffer.subarray(at, count)));
        }
      }
      return true;
    },
    async put(name, from) {
      const target = where(name);
      await Deno.mkdir(dirname(target), { recursive: true });
      const temporary = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
      try {
        await Deno.copyFile(from, temporary);
        {
          using file = await Deno.open(temporary);
          await file.sync();
        }
        await Deno.rename(temporary, target);
      } catch (error) {
        removeIfPresent(temporary);
        throw error;
      }
    },
  };
}
