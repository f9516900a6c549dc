/** Files from outside that cells read. @module */
import { checkStagePath } from "../store/stage_path.ts";
import type { CellDeclaration } from "./stage.ts";

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
