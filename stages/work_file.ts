/**
 * Files in a stage's work folder, from which a stage goes on after it was killed: replaced
 * atomically, their SHA-256 first, so that half a file or a flipped bit costs time, never
 * correctness.
 *
 * @module
 */
import { createHash } from "node:crypto";

const digestBytes = 32;

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** Writes a file: the old one stays whole until the new one is. */
export async function writeWorkFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${Deno.pid}`;
  const file = await Deno.open(temporary, { write: true, create: true, truncate: true });
  try {
    for (const part of [digest(bytes), bytes]) {
      for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
    }
    await file.sync();
  } finally {
    file.close();
  }
  await Deno.rename(temporary, path);
}

/** Reads a file that {@linkcode writeWorkFile} wrote; `undefined` where none is or it is damaged. */
export async function readWorkFile(path: string): Promise<Uint8Array | undefined> {
  let content: Uint8Array;
  try {
    content = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const bytes = content.subarray(digestBytes);
  return digest(bytes).equals(content.subarray(0, digestBytes)) ? bytes : undefined;
}
