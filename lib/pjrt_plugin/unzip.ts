/**
 * Takes files out of a zip archive (a wheel is one) without holding either in memory.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { Unzip, UnzipInflate } from "fflate";

/** Size and SHA-256 of a file that was written. */
export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes one member of a zip archive to a new file.
 *
 * @returns Size and SHA-256 of what was written
 * @throws {Error} If the archive is damaged or has no such member
 */
export async function unzipMember(
  archive: string,
  member: string,
  path: string,
): Promise<Written> {
  const { [member]: written } = await unzipMembers(archive, { [member]: path });
  return written;
}

/**
 * Writes members of a zip archive to new files, in one pass over the archive.
 *
 * @param paths Where to write each member, by the member's name
 * @returns Size and SHA-256 of what was written, by the member's name
 * @throws {Error} If the archive is damaged or lacks one of the members
 */
export async function unzipMembers(
  archive: string,
  paths: Readonly<Record<string, string>>,
): Promise<Record<string, Written>> {
  const written: Record<string, Written> = {};
  let open: Deno.FsFile | undefined;
  const unzip = new Unzip((file) => {
    if (!Object.hasOwn(paths, file.name)) return;
    const output = open = Deno.openSync(paths[file.name], { createNew: true, write: true });
    const hash = createHash("sha256");
    let bytes = 0;
    file.ondata = (error, chunk, final) => {
      if (error) throw error;
      hash.update(chunk);
      for (let at = 0; at < chunk.length;) at += output.writeSync(chunk.subarray(at));
      bytes += chunk.length;
      if (!final) return;
      output.syncDataSync();
      output.close();
      open = undefined;
      written[file.name] = { bytes, sha256: hash.digest("hex") };
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  const input = await Deno.open(archive);
  try {
    for await (const chunk of input.readable) unzip.push(chunk);
    unzip.push(new Uint8Array(0), true);
  } finally {
    open?.close();
  }
  const lacking = Object.keys(paths).find((member) => !Object.hasOwn(written, member));
  if (lacking !== undefined) throw new Error(`"${archive}" has no complete member "${lacking}"`);
  return written;
}
