/**
 * Workers: modules that a stage's code starts by `new Worker(new URL("./name.ts", import.meta.url))`.
 * A stage is bundled as one file, so each lies beside it, by the same name.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { statIfPresent } from "../store/files.ts";

const STARTED = /\bnew Worker\(\s*new URL\("([^"]+)",\s*import\.meta\.url\)/g;

/**
 * The workers that a stage's modules start.
 *
 * @param modules Paths of all modules of the stage
 * @param all Paths of the workers of other stages by their names, to which these are added
 * @returns Names of the workers, sorted
 * @throws {Error} If one is not beside the module that starts it, or two have one name
 */
export async function workersOf(
  modules: readonly string[],
  all: Map<string, string>,
): Promise<string[]> {
  const names = new Set<string>();
  for (const module of modules.filter((path) => /\.[mc]?[jt]s$/.test(path))) {
    for (const [, specifier] of (await Deno.readTextFile(module)).matchAll(STARTED)) {
      const name = /^\.\/([\w-]+\.ts)$/.exec(specifier)?.[1];
      const path = join(dirname(module), specifier);
      if (name === undefined || statIfPresent(path)?.isFile !== true) {
        throw new Error(
          `Cannot pack "${module}": it starts the worker "${specifier}"; expected a module ` +
            '"./name.ts" beside it',
        );
      }
      const other = all.get(name) ?? path;
      if (other !== path) {
        throw new Error(
          `Cannot pack the workers "${other}" and "${path}": expected names that differ, since ` +
            "both would lie beside the stages; rename one",
        );
      }
      names.add(name);
      all.set(name, path);
    }
  }
  return [...names].sort();
}
