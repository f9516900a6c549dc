/**
 * The folder to which results are packed: only results of the same bundle are ever replaced, and at
 * every moment what its index names is there and whole, or there is no index.
 *
 * @module
 */
import { join } from "node:path";
import type { Digest } from "../store/digest.ts";
import { removeIfPresent, statIfPresent, syncFolder, writeAtomic } from "../store/files.ts";
import { type ArchiveIndex, readArchive } from "./archive.ts";

/** The file beside results that tells of cells that are not in them. */
export const SUMMARY = "summary.json";

/**
 * Names that a run of a bundle gives, also one that was killed: volumes, whose names are made of what
 * they hold, and indexes while they are written.
 */
const OWN =
  /^results-[\da-f]{8}\.tar\.gz\.\d{3,}$|^(?:results|summary)\.json(?:\.\d+\.[\da-f]{8}\.tmp)?$/;

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
  let index: ArchiveIndex | undefined;
  try {
    index = readArchive(folder, ["results"]).index;
  } catch {
    // No results, or damaged ones, of which nothing says whose they are.
  }
  const own = new Set((index?.volumes ?? []).map(({ path }) => path));
  const foreign = entries.find(({ name, isFile }) => !isFile || !(own.has(name) || OWN.test(name)));
  if (foreign !== undefined) throw refuse(`it holds "${foreign.name}", which results do not have`);
  if (index === undefined && entries.some(({ name }) => name === "results.json")) {
    throw refuse("its results.json is not an index of results");
  }
  const owner = index?.about.bundle ?? bundleOfSummary(join(folder, SUMMARY)) ?? bundle;
  if (owner !== bundle) throw refuse(`it holds the results of another bundle (${owner})`);
  return entries.map(({ name }) => name);
}

function bundleOfSummary(path: string): unknown {
  try {
    return JSON.parse(Deno.readTextFileSync(path)).bundle;
  } catch {
    return undefined; // not there, or not whole
  }
}

/**
 * Puts finished results in the place of earlier ones of the same bundle: volumes first, then the
 * index at once, then the earlier volumes go.
 *
 * @param from Folder of an archive, which is gone then
 * @throws {Error} As {@linkcode replaceableResults}; nothing has changed then
 */
export function replaceResults(from: string, to: string, bundle: Digest): void {
  const before = replaceableResults(to, bundle);
  const { index } = readArchive(from, ["results"]);
  const volumes = index.volumes.map(({ path }) => path);
  Deno.mkdirSync(to, { recursive: true });
  for (const name of volumes) moveFile(join(from, name), join(to, name));
  syncFolder(to);
  writeAtomic(join(to, "results.json"), Deno.readTextFileSync(join(from, "results.json")));
  const kept = new Set(["results.json", SUMMARY, ...volumes]);
  for (const name of before) if (!kept.has(name)) removeIfPresent(join(to, name));
  removeIfPresent(from);
}

/** Moves a file, to another file system by copying it. */
function moveFile(from: string, to: string): void {
  try {
    return Deno.renameSync(from, to);
  } catch (error) {
    if ((error as { code?: string }).code !== "EXDEV") throw error;
  }
  Deno.copyFileSync(from, to);
  using file = Deno.openSync(to, { read: true, write: true });
  file.syncSync();
}
