/**
 * Computing a finished cell again, all of it or its beginning: from the same inputs, and into a
 * store of its own, so that nothing of it is taken for a result.
 *
 * @module
 */
import type { Manifest } from "../store/manifest.ts";
import type { Assessment } from "../freshness/assess.ts";
import { type CellOptions, type Preparation, runCell } from "../run/run_cell.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { openStore, type Store } from "../store/store.ts";

/** Options of {@linkcode computeAgain}. */
export interface AgainOptions extends Omit<CellOptions, "prepare"> {
  /** Called once it is clear that the cell can run: fetches what it needs and names versions. */
  readonly prepare: (cell: CellDeclaration) => Promise<Preparation>;
}

/** How it went. */
export type Again =
  | { readonly kind: "done"; readonly manifest: Manifest; readonly scratch: Store }
  | { readonly kind: "interrupted" }
  | {
    readonly kind: "failed";
    readonly text: string;
    /** Last lines of standard error. */
    readonly tail: readonly string[];
  };

/**
 * Computes a cell again.
 *
 * @param inputs Assessments of its input cells, all fresh
 * @param folder Where it leaves what it leaves; the caller removes it
 */
export async function computeAgain(
  assessment: Assessment,
  inputs: readonly Assessment[],
  folder: string,
  options: AgainOptions,
): Promise<Again> {
  const scratch = openStore(folder), { cell } = assessment;
  const outcome = await runCell(assessment, inputs, {
    ...options,
    prepare: () => options.prepare(cell),
    // What it leaves goes to the scratch store; what it reads comes from the real one.
    store: { ...scratch, object: options.store.object },
  });
  switch (outcome.kind) {
    case "finished":
      return { kind: "done", manifest: outcome.manifest, scratch };
    case "interrupted":
      return { kind: "interrupted" };
    case "failure":
      return {
        kind: "failed",
        text: `computing it again failed: ${outcome.text}`,
        tail: outcome.tail,
      };
    case "edited":
      return {
        kind: "failed",
        text: "its code or data were edited meanwhile; run again",
        tail: [],
      };
    default:
      return { kind: "failed", text: `the scratch store is ${outcome.kind}`, tail: [] };
  }
}

/** Hashes all outputs of some cells; says of the first that cannot be read what is wrong with it. */
export async function unsoundOutput(
  manifests: readonly Manifest[],
  store: Store,
): Promise<string | undefined> {
  for (const { cell, outputs } of manifests) {
    for (const [name, file] of Object.entries(outputs)) {
      const defect = await store.verify(file);
      if (defect === undefined) continue;
      return `${name} of "${cell}" is ${defect} in the store at "${store.object(file.digest)}"; ` +
        `run "deno task stage ${cell}"`;
    }
  }
}
