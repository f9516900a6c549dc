/** Files of a limited size that are one file together. @module */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { type Digest, digestOfFile } from "../store/digest.ts";
import type { Archive, ArchivedFile } from "./archive.ts";

/** There were to be no more volumes, and there is more. */
export class NoRoom extends Error {
  override name = "NoRoom";
}

/**
 * Writes bytes to `<stem>.001`, `<stem>.002` and so on.
 *
 * @param limit Largest size of one, bytes
 * @param most How many there may be
 * @param total Most bytes of all of them
 * @throws {NoRoom} If that is not enough
 */
export async function writeVolumes(
  content: AsyncIterable<Uint8Array>,
  stem: string,
  limit: number,
  most = Infinity,
  total = Infinity,
): Promise<ArchivedFile[]> {
  const volumes: ArchivedFile[] = [];
  let file: Deno.FsFile | undefined, hash = createHash("sha256"), size = 0, path = "";
  let left = total;
  const close = () => {
    if (file === undefined) return;
    file.syncSync();
    file.close();
    file = undefined;
    volumes.push({ path: basename(path), size, digest: hash.digest("hex") as Digest });
  };
  try {
    for await (const chunk of content) {
      left -= chunk.length;
      if (left < 0) throw new NoRoom(`Cannot write "${stem}": it needs more than ${total} bytes`);
      for (let at = 0; at < chunk.length;) {
        if (file === undefined) {
          if (volumes.length >= most) {
            throw new NoRoom(`Cannot write "${stem}": it needs more than ${most} volumes`);
          }
          path = `${stem}.${String(volumes.length + 1).padStart(3, "0")}`;
          file = await Deno.open(path, { createNew: true, write: true });
          hash = createHash("sha256");
          size = 0;
        }
        const part = chunk.subarray(at, at + limit - size);
        hash.update(part);
        for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
        at += part.length;
        size += part.length;
        if (size === limit) close();
      }
    }
  } finally {
    close();
  }
  return volumes;
}

/**
 * Checks the volumes of an archive, and the files beside it, by size and digest.
 *
 * @throws {Error} If one is missing, not a plain file, or not what the index says; it is named
 */
export async function checkVolumes({ folder, index }: Archive): Promise<void> {
  const { volumes, beside } = index;
  for (const { path, size, digest } of [...volumes, ...beside]) {
    const refuse = (problem: string) => new Error(`Cannot use "${join(folder, path)}": ${problem}`);
    let info: Deno.FileInfo;
    try {
      info = await Deno.lstat(join(folder, path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw refuse(`it is missing; expected ${size} bytes with the SHA-256 ${digest}`);
    }
    if (!info.isFile) throw refuse("it is a link or a folder, expected a plain file");
    const found = await digestOfFile(join(folder, path));
    if (found === digest) continue;
    const other = volumes.find((volume) => volume.digest === found);
    if (other !== undefined) throw refuse(`it holds what "${other.path}" should; rename them`);
    throw refuse(
      `it has ${info.size} bytes with the SHA-256 ${found}, expected ${size} bytes with the ` +
        `SHA-256 ${digest}; copy it again`,
    );
  }
}

/** A file of an archive's folder as the index lists it. */
export async function fileAsArchived(path: string): Promise<ArchivedFile> {
  const { size } = await Deno.stat(path);
  return { path: basename(path), size, digest: await digestOfFile(path) };
}
