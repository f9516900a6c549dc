/** Opens a remote by how it is named: a folder, or `s3://bucket/prefix`. @module */
import { openRemoteFolder } from "./folder.ts";
import { pathOf } from "./names.ts";
import type { Remote } from "./remote.ts";
import { type Environment, isS3, netOf, s3Settings } from "./s3/settings.ts";

/** What a remote is opened with. */
export interface OpenOptions {
  /** Folder whose files are exchanged: the store's. */
  readonly folder: string;
  readonly environment?: Environment;
  /** Takes what a person should know. */
  readonly onNote?: (text: string) => void;
}

/**
 * Opens a remote. A bucket is not asked yet, and its modules are not loaded before it is: by this
 * process if it may reach the bucket's host, else by one of its own that may.
 *
 * @throws {Error} If there is no such folder, or the URL cannot be understood
 */
export function openRemote(
  named: string,
  { folder, environment = Deno.env.get, onNote = () => {} }: OpenOptions,
): Remote {
  if (!isS3(named)) return openRemoteFolder(named);
  const settings = s3Settings(named, environment);
  let opened: Promise<Omit<Remote, "place" | "where">> | undefined;
  const open = () => opened ??= connect();
  async function connect(): Promise<Omit<Remote, "place" | "where">> {
    const { state } = Deno.permissions.querySync({ name: "net", host: netOf(settings) });
    if (state === "granted") {
      const { openS3 } = await import("./s3/s3.ts");
      return openS3(settings, { environment, onNote });
    }
    const { openApart } = await import("./s3/apart.ts");
    return openApart(settings, { environment, folder, onNote });
  }
  return {
    place: settings.place,
    where: (name) => `s3://${settings.bucket}/${settings.prefix}${pathOf(name)}`,
    has: async (names, signal) =>
      names.length === 0 ? new Set() : await (await open()).has(names, signal),
    get: async (name, to, signal) => await (await open()).get(name, to, signal),
    put: async (name, from, how, signal) => await (await open()).put(name, from, how, signal),
    async *list(kind, signal) {
      yield* (await open()).list(kind, signal);
    },
    remove: async (name) => await (await open()).remove(name),
    unfinished: async (signal) => await (await open()).unfinished(signal),
    close: async () => await (await opened)?.close?.(),
  };
}
