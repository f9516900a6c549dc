/**
 * Paths that stages are let into. Deno's permission flags split lists of paths at commas, and there is
 * no way to write a comma that belongs to a path.
 *
 * @module
 */
import type { CellDeclaration } from "./stage.ts";

/** A path to which no stage can be given access. */
export class StagePathError extends Error {
  override name = "StagePathError";
}

/**
 * Refuses a path to which no stage can be given access.
 *
 * @param what What lies there, for messages
 * @throws {StagePathError} If it holds a comma
 */
export function checkStagePath(what: string, path: string): void {
  if (!path.includes(",")) return;
  throw new StagePathError(
    `Cannot use ${what} "${path}": Deno takes a comma for the end of a path that a stage may read; ` +
      "rename it, or name it by a link without a comma",
  );
}

/**
 * Refuses cells with files from outside to which no stage can be given access.
 *
 * @throws {StagePathError} If there is one
 */
export function checkCellPaths(cells: readonly CellDeclaration[]): void {
  for (const { files = {} } of cells) {
    for (const byName of Object.values(files)) {
      for (const path of Object.values(byName)) checkStagePath("the file", path);
    }
  }
}
