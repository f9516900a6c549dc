import { type Digest, digestOfFile } from "../../pipeline/store/digest.ts";
import { statIfPresent } from "../../pipeline/store/files.ts";
import type { Store } from "../../pipeline/store/store.ts";

/**
 * Reads an object.
 *
 * @throws {Error} If it is damaged; `undefined` if it is not there
 */
export async function readObject(store: Store, digest: Digest): Promise<string | undefined> {
  const path = store.object(digest);
  if (statIfPresent(path) === undefined) return undefined;
  if (await digestOfFile(path) === digest) return await Deno.readTextFile(path);
  throw new Error(
    `Cannot trust "${path}": its content is not what its name says; run "deno task fsck"`,
  );
}
