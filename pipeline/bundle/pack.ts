import { createHash } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import type { Digest } from "../store/digest.ts";
import { type ArchivedFile, type ArchiveIndex, type ArchiveKind, writeIndex } from "./archive.ts";
import { writeVolumes } from "./volumes.ts";

/** A file that goes into an archive. */
export interface Member {
  /** Its path in the archive. */
  readonly path: string;
  /** A file's path, or content. */
  readonly from: string | Uint8Array;
  /** What its content must be, where that is known. */
  readonly digest?: Digest;
}

/** What is packed. */
export interface Packing {
  readonly kind: ArchiveKind;
  readonly about: ArchiveIndex["about"];
  readonly members: readonly Member[];
  /** Files that lie in the folder already. */
  readonly beside?: readonly ArchivedFile[];
  /** Largest size of a volume, bytes. */
  readonly split: number;
  /** How many volumes there may be; any number if left out. */
  readonly volumes?: number;
  /** Most bytes of all volumes; any number if left out. */
  readonly total?: number;
  /** What volumes are called before `.tar.gz.001`; the kind if left out. */
  readonly stem?: string;
  /** Called when a member was taken whole, with its number. */
  readonly onMember?: (number: number) => void;
}

/**
 * Packs files into the volumes of a `.tar.gz`; the index comes last. The same files give the same
 * bytes, whenever and by whomever they are packed.
 *
 * @param folder Empty but for the files beside
 * @throws {Error} If a file is not what its digest says
 * @throws {NoRoom} If there are too many volumes
 */
export async function packArchive(folder: string, packing: Packing): Promise<ArchiveIndex> {
  const { kind, about, beside = [], split, volumes: most, total, stem = kind } = packing;
  const tar = pack(), files: ArchivedFile[] = [], failed = new AbortController();
  let first: Error | undefined;
  const fail = (error: Error) => {
    first ??= error;
    failed.abort(error);
    tar.destroy(error);
  };
  tar.on("error", () => {});
  const filling = fill(tar, packing, files, failed.signal);
  filling.catch(fail);
  const compressed = createGzip({ level: 6 });
  const flowing = pipeline(Readable.from(tar as AsyncIterable<Uint8Array>), compressed);
  // Told below, where it is read.
  flowing.catch(() => {});
  let volumes;
  try {
    volumes = await writeVolumes(compressed, join(folder, `${stem}.tar.gz`), split, most, total);
  } catch (error) {
    fail(error as Error);
    // Reading, compressing and writing end together; what went wrong first is the reason.
    throw first;
  }
  await filling;
  return writeIndex(folder, { kind, about, files, volumes, beside });
}

async function fill(
  tar: ReturnType<typeof pack>,
  { members, onMember }: Packing,
  files: ArchivedFile[],
  signal: AbortSignal,
): Promise<void> {
  for (const { path, from, digest: expected } of members) {
    const size = typeof from === "string" ? (await Deno.stat(from)).size : from.length;
    const hash = createHash("sha256"),
      header = {
        ...{ name: path, size, type: "file" as const, mode: 0o644, mtime: new Date(0) },
        ...{ uid: 0, gid: 0, uname: "", gname: "" },
      };
    let written = 0;
    const ended = Promise.withResolvers<void>();
    const entry = tar.entry(header, (error) => error ? ended.reject(error) : ended.resolve());
    ended.promise.catch(() => {});
    // The one that failed says why.
    entry.on("error", () => {});
    for await (const chunk of typeof from === "string" ? chunksOf(from) : [from]) {
      hash.update(chunk);
      written += chunk.length;
      if (!entry.write(chunk)) await once(entry, "drain", { signal });
    }
    const digest = hash.digest("hex") as Digest;
    if (written !== size || (expected !== undefined && digest !== expected)) {
      throw new Error(
        `Cannot pack "${from}": its SHA-256 is ${digest}, expected ${expected ?? "no change"}; ` +
          'run "deno task fsck --repair"',
      );
    }
    entry.end(undefined);
    await Promise.race([ended.promise, aborted(signal)]);
    files.push({ path, size, digest });
    onMember?.(files.length);
  }
  tar.finalize();
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** A file's content, piece by piece. */
export async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  while (true) {
    // A new buffer each time: what was given away may still be read.
    const buffer = new Uint8Array(1 << 18), count = await file.read(buffer);
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}
