/** Cells as tasks name them, with frozen code for that of the repository. @module */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rulePath, stagePath } from "../bundle/content.ts";
import { outputsOf } from "../cells/outputs.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import type { Digest } from "../store/digest.ts";
import type { Key } from "../store/key.ts";
import type { FrozenIndex } from "./frozen.ts";
import type { Work } from "./work.ts";

/**
 * A cell as a task is told of it.
 *
 * @param code Digests of its code
 * @param inputs Keys of its inputs
 */
export function workOf(
  cell: CellDeclaration,
  key: Key,
  code: { readonly code: Digest; readonly beneath?: Digest },
  inputs: Readonly<Record<string, Key>>,
): Work {
  const { id, stage, parameters, seed = "0", rules = [], permissions } = cell;
  return {
    ...{ key, inputs },
    cell: {
      ...{ id, stage: stage.name, parameters, seed, ...code },
      rules: rules.map(({ kind, name }) => ({ kind, name })),
      ...permissions === undefined ? {} : { permissions },
      outputs: outputsOf(cell),
      ...stage.revision === undefined ? {} : { revision: stage.revision.number },
    },
  };
}

/**
 * The cell of a task.
 *
 * @throws {Error} If its stage is not among what is frozen
 */
export function cellOf(
  { cell, inputs }: Work,
  index: FrozenIndex,
  folder: string,
): CellDeclaration {
  const { id, parameters, seed, permissions, outputs, revision } = cell;
  const stage = index.stages.find(({ name }) => name === cell.stage);
  if (stage === undefined) {
    throw new Error(
      `Cannot run "${id}": the frozen code "${folder}" has no stage "${cell.stage}"; run the same ` +
        "command again",
    );
  }
  const moduleOf = (path: string) => pathToFileURL(join(folder, path));
  const { revision: frozen, ...rest } = stage;
  return {
    ...{ id, parameters, seed, inputs: Object.keys(inputs) },
    ...permissions === undefined ? {} : { permissions },
    stage: {
      ...{ ...rest, outputs, entry: moduleOf(stagePath(stage.name)) },
      ...revision === undefined ? {} : { revision: { reason: "", ...frozen, number: revision } },
    },
    rules: cell.rules.map((rule) => ({ ...rule, module: moduleOf(rulePath(rule)) })),
  };
}
