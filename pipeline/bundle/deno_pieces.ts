import { join } from "node:path";
import { createGzip } from "node:zlib";
import { Readable } from "node:stream";
import type { ArchivedFile } from "./archive.ts";
import { chunksOf } from "./pack.ts";
import { writeVolumes } from "./volumes.ts";

/**
 * Writes this very Deno, compressed, in pieces: `deno.xz.001` and so on, or `deno.gz.001` where
 * there is no `xz`.
 *
 * @param split Largest size of a piece, bytes
 */
export async function packDeno(folder: string, split: number): Promise<ArchivedFile[]> {
  const path = Deno.execPath(), xz = startXz(path);
  if (xz === undefined) {
    const compressed = Readable.from(chunksOf(path)).pipe(createGzip({ level: 9 }));
    return await writeVolumes(compressed, join(folder, "deno.gz"), split);
  }
  let pieces: ArchivedFile[];
  try {
    pieces = await writeVolumes(xz.stdout, join(folder, "deno.xz"), split);
  } catch (error) {
    // Its output is closed now, which ends it.
    await xz.status;
    throw error;
  }
  const { success, code } = await xz.status;
  if (!success) throw new Error(`Cannot compress "${path}": xz ended with ${code}`);
  return pieces;
}

function startXz(path: string) {
  try {
    return new Deno.Command("xz", {
      args: ["--threads=0", "-6", "--stdout", path],
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
