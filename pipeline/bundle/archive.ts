/**
 * The index of an archive: what its volumes hold, with every file's SHA-256 and size, and a digest
 * of all this. Nothing that is not in the index is ever unpacked.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { type Digest, digestOfValue, isDigest } from "../store/digest.ts";
import { writeAtomic } from "../store/files.ts";
import type { Json } from "../store/canonical.ts";

/** A file in an archive, or beside it. */
export interface ArchivedFile {
  /** Path with slashes, in the archive or relative to the index. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
}

/** What an archive is for. */
export type ArchiveKind = "bundle" | "results" | "checkpoints";

/** All that is known of an archive before anything of it is unpacked. */
export interface ArchiveIndex {
  readonly format: typeof FORMAT;
  readonly kind: ArchiveKind;
  /** What the files are, for whoever reads the archive. */
  readonly about: { readonly [name: string]: Json };
  /** In the order of the archive. */
  readonly files: readonly ArchivedFile[];
  /** Pieces of one compressed tar archive, in order. */
  readonly volumes: readonly ArchivedFile[];
  /** Files that lie beside the index as they are. */
  readonly beside: readonly ArchivedFile[];
  /** Digest of all of the above. */
  readonly digest: Digest;
}

/** An index and where it lies. */
export interface Archive {
  readonly folder: string;
  readonly index: ArchiveIndex;
}

/** Version of the format; another one is refused. */
export const FORMAT = "smoothness/archive/1";

/** Segments of plain letters that do not begin with a dot: no path can lead out of its folder. */
const SAFE_PATH = /^(?:\w[\w.+-]*\/)*\w[\w.+-]*$/;

/** Adds the digest and writes the index, which makes an archive complete. */
export function writeIndex(
  folder: string,
  content: Omit<ArchiveIndex, "format" | "digest">,
): ArchiveIndex {
  const complete = { format: FORMAT, ...content } as const;
  const index = { ...complete, digest: digestOfIndex(complete) };
  writeAtomic(join(folder, `${content.kind}.json`), JSON.stringify(index, null, 1) + "\n");
  return index;
}

function digestOfIndex(content: Omit<ArchiveIndex, "digest">): Digest {
  return digestOfValue("archive", content as unknown as Json);
}

/**
 * Reads an archive's index; of its volumes nothing is read.
 *
 * @param path A folder with `bundle.json` or `results.json`, such a file, or a volume beside it
 * @throws {Error} If there is none, or it is damaged or not one of ours
 */
export function readArchive(path: string, kinds: readonly ArchiveKind[]): Archive {
  const file = indexFile(path, kinds);
  const refuse = (problem: string) => new Error(`Cannot read "${file}": ${problem}`);
  let index: ArchiveIndex, size: number;
  try {
    const text = Deno.readTextFileSync(file);
    size = text.length;
    index = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse("it is damaged or truncated; copy it again");
    throw error instanceof Deno.errors.NotFound
      ? refuse(
        `there is no such file; expected ${kinds.map((kind) => `${kind}.json`).join(" or ")}`,
      )
      : error;
  }
  if (index?.format !== FORMAT) {
    throw refuse(`its format is ${JSON.stringify(index?.format)}, expected "${FORMAT}"`);
  }
  const { digest, ...content } = index;
  const found = digestOfIndex(content);
  if (found !== digest) {
    throw refuse(`its digest is ${found}, expected ${digest}; copy it again (${size} bytes)`);
  }
  if (!kinds.includes(index.kind)) {
    throw refuse(`it is an archive of kind "${index.kind}", expected "${kinds.join('" or "')}"`);
  }
  const problem = shapeProblem(index);
  if (problem !== undefined) throw refuse(problem);
  return { folder: dirname(file), index };
}

/** What in an index could not have been written by this program, if anything. */
function shapeProblem(index: ArchiveIndex): string | undefined {
  for (const list of ["files", "volumes", "beside"] as const) {
    if (!Array.isArray(index[list])) return `"${list}" is no list`;
    const seen = new Set<string>();
    for (const { path, size, digest } of index[list]) {
      if (!SAFE_PATH.test(path) || (list !== "files" && path.includes("/"))) {
        return `"${path}" in "${list}" leads elsewhere or is no plain path`;
      }
      if (seen.has(path)) return `"${path}" comes twice in "${list}"`;
      seen.add(path);
      if (!Number.isSafeInteger(size) || size < 0 || !isDigest(digest)) {
        return `"${path}" in "${list}" has no size or no digest`;
      }
    }
  }
}

function indexFile(path: string, kinds: readonly ArchiveKind[]): string {
  const names = kinds.map((kind) => `${kind}.json`);
  const exists = (file: string) => {
    try {
      return Deno.statSync(file);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  };
  if (exists(path)?.isDirectory) {
    return names.map((name) => join(path, name)).find(exists) ?? join(path, names[0]);
  }
  const [, stem] = /^(.+?)(?:-[\da-f]{8})?\.tar\.gz\.\d+$/.exec(basename(path)) ?? [];
  return stem === undefined ? path : join(dirname(path), `${stem}.json`);
}
