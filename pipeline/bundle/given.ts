/**
 * Files that a bundle needs and that do not travel in it: found on the host by size and SHA-256,
 * whatever they are called there, and put into place once.
 *
 * @module
 */
import { basename, join } from "node:path";
import { messageOf } from "../../lib/std/message_of.ts";
import { type Digest, digestOfFile } from "../store/digest.ts";
import { statIfPresent } from "../store/files.ts";
import type { GivenFile } from "./content.ts";
import { exclusively } from "./exclusively.ts";

/** Where the files of a bundle may be found. */
export interface GivenSource {
  /** A folder; its files count, and those of the folders in it. */
  readonly folder: string;
  /**
   * Makes a file of what is stored in another form, for example packed; `undefined` where the file
   * is in no other form. Asked only if files are missing.
   */
  readonly unpack?: (path: string) => string | undefined;
}

/** Data that is not given, or not what it has to be. */
export class GivenError extends Error {
  override name = "GivenError";
}

/** Where a file lies that was given. */
export const givenPath = (state: string, digest: Digest) => join(state, "data", digest);

/**
 * Puts given files into place. What is in place already is checked, and used if it is sound.
 *
 * @param state Folder with all that running leaves
 * @param source Where to look for those that are not in place
 * @throws {GivenError} If one is neither in place nor in the source; it is named
 */
export async function placeGiven(
  given: readonly GivenFile[],
  state: string,
  source?: GivenSource,
): Promise<void> {
  const wanted = new Map<Digest, GivenFile>();
  for (const file of given) {
    if (!await isSound(givenPath(state, file.digest), file)) wanted.set(file.digest, file);
  }
  if (wanted.size === 0) return;
  if (source === undefined) throw new GivenError(nothingGiven([...wanted.values()]));
  const seen: Seen[] = [];
  await exclusively(state, "placing", async (folder) => {
    Deno.mkdirSync(folder);
    const search: Search = { wanted, state, seen, scratch: join(folder, "file") };
    const files = filesOf(source.folder);
    await take(files, search);
    for (const path of source.unpack === undefined ? [] : files) {
      const unpacked = wanted.size > 0 ? source.unpack!(path) : undefined;
      if (unpacked !== undefined) await take([unpacked], search);
    }
  });
  if (wanted.size > 0) throw new GivenError(notFound([...wanted.values()], source.folder, seen));
}

/** What is looked for and what was looked at. */
interface Search {
  readonly wanted: Map<Digest, GivenFile>;
  readonly state: string;
  readonly seen: Seen[];
  /** Where a file lies before it is in place. */
  readonly scratch: string;
}

/** A file that was looked at, and what it is. */
interface Seen {
  readonly path: string;
  readonly size: number;
  readonly digest?: Digest;
}

/** Puts those files into place that are wanted, and strikes them from the list. */
async function take(
  files: readonly string[],
  { wanted, state, seen, scratch }: Search,
): Promise<void> {
  for (const path of files) {
    const { size } = Deno.statSync(path);
    if (![...wanted.values()].some((file) => file.size === size)) {
      seen.push({ path, size });
      continue;
    }
    const digest = await digestOfFile(path), file = wanted.get(digest);
    seen.push({ path, size, digest });
    if (file === undefined) continue;
    await place(path, scratch, file);
    Deno.mkdirSync(join(state, "data"), { recursive: true });
    Deno.renameSync(scratch, givenPath(state, digest));
    wanted.delete(digest);
  }
}

/** Links a file, or copies it where it cannot be linked. */
async function place(from: string, to: string, file: GivenFile): Promise<void> {
  try {
    // What a symbolic link leads to, not the link.
    Deno.linkSync(Deno.realPathSync(from), to);
  } catch {
    Deno.copyFileSync(from, to);
  }
  if (await isSound(to, file)) return;
  throw new GivenError(`Cannot use the data "${from}": it changed while it was copied`);
}

async function isSound(path: string, { size, digest }: GivenFile): Promise<boolean> {
  const info = statIfPresent(path);
  return info?.isFile === true && info.size === size && await digestOfFile(path) === digest;
}

/** Files in a folder and in the folders in it; what cannot be read is left alone. */
function filesOf(folder: string): string[] {
  const entries = (path: string) => {
    try {
      return [...Deno.readDirSync(path)].map(({ name }) => join(path, name)).sort();
    } catch (error) {
      if (path !== folder) return [];
      const why = error instanceof Deno.errors.NotFound
        ? "there is no such folder"
        : messageOf(error);
      throw new GivenError(`Cannot read the data folder "${folder}": ${why}`, { cause: error });
    }
  };
  const info = (path: string) => {
    try {
      return Deno.statSync(path);
    } catch {
      return undefined;
    }
  };
  const top = entries(folder);
  return [...top, ...top.filter((path) => info(path)?.isDirectory).flatMap(entries)]
    .filter((path) => info(path)?.isFile);
}

const described = ({ name, size, digest }: GivenFile) =>
  `"${name}" (${size} bytes, SHA-256 ${digest})`;

const andMore = (count: number) => count === 0 ? "" : ` and ${count} more`;

function nothingGiven([first, ...more]: readonly GivenFile[]): string {
  return `Cannot run without the data, which does not travel in this bundle: pass --data DIR, a ` +
    `folder with ${described(first)}${andMore(more.length)}; names do not matter`;
}

function notFound(
  [first, ...more]: readonly GivenFile[],
  folder: string,
  seen: readonly Seen[],
): string {
  const same = seen.find(({ path }) => basename(path) === first.name);
  const found = same === undefined
    ? seen.length === 0 ? "; there is no file" : ""
    : `; the file of that name has ${same.size} bytes${
      same.digest === undefined ? "" : ` with the SHA-256 ${same.digest}`
    }`;
  return `Cannot use the data folder "${folder}": no file in it is ${described(first)}${found}${
    more.length === 0 ? "" : `; ${more.length} more are missing`
  }`;
}
