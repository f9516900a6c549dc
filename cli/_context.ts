/** What every command of the pipeline works on. @module */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Assessor } from "../pipeline/assess.ts";
import { openCode } from "../pipeline/code/code_digest.ts";
import { openStatCache } from "../pipeline/code/stat_cache.ts";
import { loadProfile, type Profile } from "../pipeline/profile.ts";
import { isProfilePath } from "../pipeline/profile_identity.ts";
import { inOrder, select } from "../pipeline/select.ts";
import type { CellDeclaration } from "../pipeline/stage.ts";
import { checkStagePath } from "../pipeline/stage_paths.ts";
import { openStore } from "../pipeline/store.ts";
import { table1 } from "../pipeline/table1.ts";
import { type Options, UsageError } from "./_options.ts";

/** The repository. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Opened profile, cells and store. */
export interface Context extends Omit<Assessor, "profile"> {
  readonly profile: Profile;
  /** All cells, inputs first. */
  readonly cells: readonly CellDeclaration[];
}

/**
 * Opens what the options name.
 *
 * @throws {UsageError} If the data folder is missing, not given, or not wanted
 */
export function openContext(options: Options): Context {
  checkPaths(options);
  const profile = loadProfile(
    isProfilePath(options.profile) ? fromUser(options.profile) : options.profile,
    options.set,
  );
  const store = openStore(fromUser(options.store));
  const stats = openStatCache(`${store.cache}/files.json`);
  const code = openCode({ root: ROOT, cache: store.cache, stats });
  return {
    profile,
    store,
    stats,
    code,
    cells: inOrder(table1(profile, dataFiles(options, profile))),
  };
}

/**
 * Refuses a repository or a named plugin that stages could not read.
 *
 * @throws {StagePathError} If there is a comma in a path
 */
export function checkPaths({ plugin }: Pick<Options, "plugin">): void {
  checkStagePath("this repository", ROOT);
  const named = plugin ?? Deno.env.get("SMOOTHNESS_PJRT_PLUGIN");
  if (named) checkStagePath("the plugin", fromUser(named));
}

/**
 * Ids of the cells that a command line names.
 *
 * @param command For the error's hint, for example `stage`
 * @throws {UsageError} If it names none, or one that is not there
 */
export function selected(
  cells: readonly CellDeclaration[],
  patterns: readonly string[],
  command: string,
): string[] {
  if (patterns.length === 0) {
    throw new UsageError(
      `Cannot ${
        command === "stage" ? "run" : command
      } nothing: name a cell or a glob, for example ` +
        `"deno task ${command} train:igr:gelu"; run "deno task status" to list all cells`,
    );
  }
  try {
    return select(cells, patterns);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** Paths are relative to where the command was typed, which a task runner may have left. */
export function fromUser(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}

/** The data folder's files, where the profile takes its images from a folder. */
function dataFiles({ data }: Options, profile: Profile): Record<string, string> {
  if (profile.data.source !== "folder") {
    if (data === undefined) return {};
    throw new UsageError(
      `Cannot use "--data ${data}": profile "${profile.name}" has data.source ` +
        `"${profile.data.source}"; add "--set data.source=folder" or "--profile small"`,
    );
  }
  const named = data ?? Deno.env.get("CIFAR10_DIR");
  if (!named) {
    throw new UsageError(
      `Cannot find the images: profile "${profile.name}" takes them from a folder, but none is ` +
        'given; pass "--data DIR" or set CIFAR10_DIR to a folder with data_batch_1.bin …',
    );
  }
  const folder = fromUser(named);
  try {
    const names = [...Deno.readDirSync(folder)]
      .filter(({ name, isDirectory }) => name.endsWith(".bin") && !isDirectory)
      .map(({ name }) => name).sort();
    if (names.length > 0) {
      return Object.fromEntries(names.map((name) => [name, resolve(folder, name)]));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
    throw new UsageError(
      `Cannot read the data folder "${folder}": there is no such folder; expected one with ` +
        'data_batch_1.bin … in "--data" or CIFAR10_DIR',
    );
  }
  throw new UsageError(
    `Cannot read the data folder "${folder}": it has no .bin files; expected data_batch_1.bin … ` +
      'in CIFAR-10\'s binary layout; run "deno task doctor" to see what was found',
  );
}
