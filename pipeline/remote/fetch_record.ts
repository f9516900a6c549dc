import { join } from "node:path";
import { removeIfPresent } from "../store/files.ts";
import type { Store } from "../store/store.ts";
import { locally, type Remote, type RemoteName, type Version } from "./remote.ts";

/**
 * Fetches a small thing of a remote for as long as `read` takes; `undefined` where it is not there.
 *
 * @throws {LocalError} If this machine cannot keep it meanwhile
 */
export async function fetchRecord<T>(
  remote: Pick<Remote, "get">,
  store: Pick<Store, "cache">,
  name: RemoteName,
  read: (path: string) => T,
  signal?: AbortSignal,
): Promise<{ readonly content: T; readonly version: Version } | undefined> {
  const folder = await locally(() => {
    Deno.mkdirSync(store.cache, { recursive: true });
    return Deno.makeTempDirSync({ dir: store.cache, prefix: "record-" });
  });
  try {
    const path = join(folder, "record.json"), version = await remote.get(name, path, signal);
    if (version === undefined) return undefined;
    return { content: await locally(() => read(path)), version };
  } finally {
    removeIfPresent(folder);
  }
}
