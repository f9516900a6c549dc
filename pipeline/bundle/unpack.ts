import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { messageOf } from "../../lib/std/message_of.ts";
import type { Archive } from "./archive.ts";
import { chunksOf } from "./pack.ts";
import { checkVolumes } from "./volumes.ts";

/** Tar's unit, bytes: each file has a header of one, and is filled up to whole ones. */
const BLOCK = 512;

/** What all files of an archive may have together unless told otherwise, bytes. */
export const MAX_BYTES = 64e9;

/**
 * Checks every volume, then unpacks an archive into a folder: just the files of its index, each
 * with its size and digest. No more is ever written than the index says.
 *
 * @param folder Must not hold any of the files
 * @param limit Largest sum of the files' sizes, bytes
 * @throws {Error} If anything is not as the index says; what was unpacked before is left there
 */
export async function unpackArchive(
  archive: Archive,
  folder: string,
  limit = MAX_BYTES,
): Promise<void> {
  const { index } = archive, where = join(archive.folder, `${index.kind}.tar.gz`);
  const refuse = (problem: string) => new Error(`Cannot unpack "${where}": ${problem}`);
  const total = index.files.reduce((sum, { size }) => sum + size, 0);
  if (total > limit) {
    throw refuse(`its files have ${total} bytes, expected at most ${limit}`);
  }
  await checkVolumes(archive);
  const expected = new Map(index.files.map((file) => [file.path, file]));
  const length = index.files.reduce(
    (sum, { size }) => sum + BLOCK + BLOCK * Math.ceil(size / BLOCK),
    2 * BLOCK,
  );
  const entries = extract();
  const reading = pipeline(
    Readable.from(volumesOf(archive)),
    createGunzip(),
    atMost(length),
    entries,
  );
  // Reported below, unless the entries themselves fail first.
  reading.catch(() => {});
  try {
    for await (const entry of entries) {
      const { name, type, size } = entry.header;
      if (type !== "file") throw new Error(`"${name}" is a ${type}, expected only plain files`);
      const file = expected.get(name);
      if (file === undefined) throw new Error(`"${name}" is not in the index`);
      expected.delete(name);
      if (size !== file.size) {
        throw new Error(`"${name}" has ${size} bytes, expected ${file.size}`);
      }
      const found = await save(entry as AsyncIterable<Uint8Array>, join(folder, name));
      if (found !== file.digest) {
        throw new Error(`"${name}" has the SHA-256 ${found}, expected ${file.digest}`);
      }
    }
    await reading;
  } catch (error) {
    throw refuse(messageOf(error));
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw refuse(`it lacks "${missing}"`);
}

async function* volumesOf({ folder, index }: Archive): AsyncGenerator<Uint8Array> {
  for (const { path } of index.volumes) yield* chunksOf(join(folder, path));
}

/** Passes so many bytes on, and fails at one more. */
function atMost(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      left -= chunk.length;
      if (left >= 0) done(null, chunk);
      else done(new Error(`it unpacks to more than the ${bytes} bytes that its index allows`));
    },
  });
}

/** Writes a new file and returns its SHA-256. */
async function save(bytes: AsyncIterable<Uint8Array>, path: string): Promise<string> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const hash = createHash("sha256");
  using file = await Deno.open(path, { createNew: true, write: true });
  for await (const chunk of bytes) {
    hash.update(chunk);
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
  }
  return hash.digest("hex");
}
