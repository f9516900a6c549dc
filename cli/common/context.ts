/** What every command of the pipeline works on. @module */
import { isExplained } from "../../lib/std/explained.ts";
import type { Assessor } from "../../pipeline/freshness/assess.ts";
import { openCode } from "../../pipeline/code/code_digest.ts";
import { openStatCache } from "../../pipeline/code/stat_cache.ts";
import { chosenData } from "../../pipeline/profile/data_schema.ts";
import type { Profile } from "../../pipeline/profile/profile.ts";
import { inOrder, select } from "../../pipeline/cells/select.ts";
import type { CellDeclaration } from "../../pipeline/cells/stage.ts";
import { checkStagePath } from "../../pipeline/store/stage_path.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { codeCache } from "./store.ts";
import { table1 } from "../../pipeline/table1.ts";
import { userData } from "./data.ts";
import { keepFolder, knownFolder } from "./known_data.ts";
import { type Options, UsageError } from "./options.ts";
import { fromUser } from "./paths.ts";
import { openProfile } from "./profile.ts";

import { ROOT } from "./root.ts";

export { fromUser } from "./paths.ts";
export { ROOT } from "./root.ts";

/** Opened profile, cells and store. */
export interface Context extends Omit<Assessor, "profile"> {
  readonly profile: Profile;
  /** All cells, inputs first. */
  readonly cells: readonly CellDeclaration[];
  /** The folder of the images, where the profile takes them from one. */
  readonly data?: string;
}

/** Opens a store, and the code as it is known there. */
export function openCodeAndStore(
  { store: folder }: Pick<Options, "store">,
): Pick<Context, "store" | "stats" | "code"> {
  const store = openStore(fromUser(folder)), cache = codeCache(store);
  const stats = openStatCache(`${cache}/files.json`);
  return { store, stats, code: openCode({ root: ROOT, cache, records: store.codes, stats }) };
}

/**
 * Opens what the options name.
 *
 * @throws {UsageError} If the data folder is missing, not given, or not wanted
 */
export function openContext(options: Options): Context {
  checkPaths(options);
  const profile = openProfile(options);
  const opened = openCodeAndStore(options), { store } = opened;
  const { folder, files } = dataFiles(options, profile, store.cache);
  return { profile, ...opened, data: folder, cells: inOrder(table1(profile, files)) };
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
    throw isExplained(error) ? new UsageError(error.message, { cause: error }) : error;
  }
}

/**
 * The data folder and its files, where the profile takes its images from a folder. Where none is given
 * it is the one of the last command that was given one: keys count what images are, not where.
 */
function dataFiles(
  { data }: Options,
  profile: Profile,
  cache: string,
): { readonly folder?: string; readonly files: Record<string, string> } {
  if (!chosenData(profile.data).source.folder) {
    if (data === undefined) return { files: {} };
    throw new UsageError(
      `Cannot use "--data ${data}": profile "${profile.name}" has data.source ` +
        `"${profile.data.source}"; add "--set data.source=folder" or "--profile small"`,
    );
  }
  const { name } = profile.data, given = data ?? (Deno.env.get("CIFAR10_DIR") || undefined);
  const folder = given ?? knownFolder(cache, name);
  const { files } = userData(
    folder,
    "all",
    cache,
    `Cannot find the images: profile "${profile.name}" takes them from a folder, but none is ` +
      'given; pass "--data DIR" or set CIFAR10_DIR to a folder with data_batch_1.bin …',
  );
  if (given !== undefined) keepFolder(cache, name, fromUser(given));
  else console.error(`Images: ${folder}, as last given for ${name}`);
  return { folder, files: files as Record<string, string> };
}
