/** The folder to which results are packed: only results of the same bundle are ever replaced. @module */
import { join } from "node:path";
import type { Digest } from "../digest.ts";
import { statIfPresent } from "../files.ts";
import { type ArchiveIndex, readArchive } from "./archive.ts";

/**
 * Names of the files of earlier results that new ones replace; none if nothing is there.
 *
 * @param bundle Digest of the bundle whose results are wanted
 * @throws {Error} If the folder holds anything else, or is none
 */
export function replaceableResults(folder: string, bundle: Digest): readonly string[] {
  const refuse = (problem: string) =>
    new Error(
      `Cannot write the results to "${folder}": ${problem}; name another folder with --results DIR`,
    );
  const info = statIfPresent(folder);
  if (info === undefined) return [];
  if (!info.isDirectory) throw refuse("it is no folder");
  const entries = [...Deno.readDirSync(folder)];
  if (entries.length === 0) return [];
  let index: ArchiveIndex | undefined;
  try {
    index = readArchive(folder, ["results"]).index;
  } catch {
    // No results, or damaged ones, of which nothing says whose they are.
  }
  const own = new Set(["results.json", ...(index?.volumes ?? []).map(({ path }) => path)]);
  const foreign = entries.find(({ name, isFile }) => !isFile || !own.has(name));
  if (foreign !== undefined) throw refuse(`it holds "${foreign.name}", which results do not have`);
  if (index === undefined) throw refuse("its results.json is not an index of results");
  if (index.about.bundle !== bundle) {
    throw refuse(`it holds the results of another bundle (${index.about.bundle})`);
  }
  return entries.map(({ name }) => name);
}

/**
 * Puts finished results in the place of earlier ones of the same bundle.
 *
 * @throws {Error} As {@linkcode replaceableResults}; nothing has changed then
 */
export function replaceResults(from: string, to: string, bundle: Digest): void {
  const names = replaceableResults(to, bundle);
  if (statIfPresent(to) === undefined) return Deno.renameSync(from, to);
  // Where the folder is a link, what it leads to is replaced and the link stays.
  const place = Deno.realPathSync(to), old = `${from}.old`;
  Deno.renameSync(place, old);
  Deno.renameSync(from, place);
  for (const name of names) Deno.removeSync(join(old, name));
  // Fails where something came in the meantime: it stays there.
  Deno.removeSync(old);
}
