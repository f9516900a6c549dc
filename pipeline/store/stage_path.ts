/**
 * Paths that stages are let into. Deno's permission flags split lists of paths at commas, and there is
 * no way to write a comma that belongs to a path.
 *
 * @module
 */

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
