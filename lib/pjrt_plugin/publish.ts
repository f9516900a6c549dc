/** How something that was fetched is verified and put in its place. @module */
import { createHash } from "node:crypto";

/** SHA-256 of a file, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}

/**
 * Renames a finished folder into place; another process may have done so first.
 *
 * @param isThere Whether what is in place is as good; it is replaced otherwise
 */
export async function publishFolder(
  ready: string,
  home: string,
  isThere: () => Promise<boolean>,
): Promise<void> {
  try {
    await Deno.rename(ready, home);
  } catch (error) {
    if (await isThere()) return;
    // What is there is damaged.
    await Deno.remove(home, { recursive: true }).catch(() => {
      throw error;
    });
    await Deno.rename(ready, home);
  }
}
