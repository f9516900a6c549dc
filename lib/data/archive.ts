/**
 * Unpacks a compressed tar archive that may hold exactly the expected files and nothing else.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import { extract } from "tar-stream";

/** What an archive must hold. */
export interface ArchiveContent {
  /** Files to unpack, by their full name in the archive. */
  readonly members: Readonly<Record<string, { readonly bytes: number; readonly sha1: string }>>;
  /** Further files that may be there and are not unpacked. */
  readonly ignored?: readonly string[];
}

/** An ignored file larger than this is refused. */
const MAX_IGNORED_BYTES = 1_000_000;

/**
 * Unpacks a `.tar.gz` into a folder that did not exist before: all expected files, or nothing.
 *
 * @returns Path of each file by its base name
 * @throws {Error} If the archive is truncated or damaged, holds links, devices, unexpected names
 * (`../` among them), a file twice, of another size or digest, or lacks one
 */
export async function unpack(
  archive: string,
  content: ArchiveContent,
  folder: string,
): Promise<Record<string, string>> {
  await Deno.mkdir(folder);
  try {
    const found = await unpackInto(archive, content, folder);
    const missing = Object.keys(content.members).filter((name) => !found.has(name));
    if (missing.length > 0) throw new Error(`it lacks ${quote(missing)}`);
    return Object.fromEntries([...found].map(([name, path]) => [basename(name), path]));
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw new Error(`Cannot unpack "${archive}": ${(error as Error).message}`, { cause: error });
  }
}

function quote(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

async function unpackInto(
  archive: string,
  { members, ignored = [] }: ArchiveContent,
  folder: string,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const entries = extract();
  const file = await Deno.open(archive);
  const tar = file.readable.pipeThrough(new DecompressionStream("gzip"));
  const reading = pipeline(
    Readable.fromWeb(tar as Parameters<typeof Readable.fromWeb>[0]),
    entries,
  );
  // Reported below, unless the entries themselves fail first.
  reading.catch(() => {});
  for await (const entry of entries) {
    const { name, type, size = 0 } = entry.header;
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (type === "directory" && isFolderOf(name, Object.keys(members))) {
      entry.resume();
    } else if (type !== "file") {
      throw new Error(`"${name}" is a ${type}, expected only regular files`);
    } else if (member !== undefined) {
      if (found.has(name)) throw new Error(`it holds "${name}" twice`);
      if (size !== member.bytes) {
        throw new Error(`"${name}" has ${size} bytes, expected ${member.bytes}`);
      }
      // The base name of an expected name: nothing in the archive chooses where bytes go.
      const path = join(folder, basename(name));
      const sha1 = await save(entry as AsyncIterable<Uint8Array>, path);
      if (sha1 !== member.sha1) {
        throw new Error(`"${name}" has sha1 ${sha1}, expected ${member.sha1}`);
      }
      found.set(name, path);
    } else if (ignored.includes(name) && size <= MAX_IGNORED_BYTES) {
      entry.resume();
    } else {
      throw new Error(
        `"${name}" (${size} bytes) does not belong there, expected only ${
          quote([...Object.keys(members), ...ignored])
        }`,
      );
    }
  }
  await reading;
  return found;
}

/** Whether a directory entry is one that the expected files lie in. */
function isFolderOf(name: string, members: readonly string[]): boolean {
  const folder = name.endsWith("/") ? name : `${name}/`;
  return members.some((member) => member.startsWith(folder));
}

/** Writes a stream to a new file and returns its SHA-1. */
async function save(bytes: AsyncIterable<Uint8Array>, path: string): Promise<string> {
  const hash = createHash("sha1");
  using file = await Deno.open(path, { createNew: true, write: true });
  for await (const chunk of bytes) {
    hash.update(chunk);
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
  }
  return hash.digest("hex");
}
