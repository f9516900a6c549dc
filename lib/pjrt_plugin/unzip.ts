/**
 * Takes one file out of a zip archive (a wheel is one) without holding either in memory.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { Unzip, UnzipInflate } from "fflate";

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
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0, complete = false;
  const input = await Deno.open(archive);
  using output = await Deno.open(path, { createNew: true, write: true });
  const unzip = new Unzip((file) => {
    if (file.name !== member) return;
    file.ondata = (error, chunk, final) => {
      if (error) throw error;
      hash.update(chunk);
      for (let at = 0; at < chunk.length;) at += output.writeSync(chunk.subarray(at));
      bytes += chunk.length;
      complete = final;
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  for await (const chunk of input.readable) unzip.push(chunk);
  unzip.push(new Uint8Array(0), true);
  if (!complete) throw new Error(`"${archive}" has no complete member "${member}"`);
  await output.sync();
  return { bytes, sha256: hash.digest("hex") };
}
