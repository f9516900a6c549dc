import type { CellDeclaration } from "../cells/stage.ts";
import type { Digest } from "../store/digest.ts";
import type { Assessor } from "../freshness/assess.ts";
import type { Preparation } from "./run_cell.ts";

/** How a run's cells are made ready. */
export interface PreparationOptions extends Pick<Assessor, "code"> {
  /**
   * Called before the first cell runs, and again before a cell runs whose code was edited since:
   * fetches packages and names versions.
   */
  readonly prepare: (stale: readonly CellDeclaration[]) => Promise<Preparation["provenance"]>;
  /** Called once before the first cell runs that needs an engine. */
  readonly prepareEngine: () => Promise<Preparation["engine"]>;
}

/**
 * Prepares cells, each code once and the engine once.
 *
 * @param stale Cells that may run yet: what their code needs is fetched together
 */
export function openPreparations(
  { code, prepare, prepareEngine }: PreparationOptions,
  stale: () => readonly CellDeclaration[],
): (cell: CellDeclaration) => Promise<Preparation> {
  /** By the digest of the code that was prepared. */
  const preparations = new Map<Digest, Promise<Preparation["provenance"]>>();
  let engine: Promise<Preparation["engine"]> | undefined;
  return async (cell) => {
    const cells = stale();
    const digests = await Promise.all(cells.map((cell) => code.digest(cell)));
    const own = digests[cells.indexOf(cell)];
    if (!preparations.has(own)) {
      const preparation = prepare(cells);
      for (const digest of digests) preparations.set(digest, preparation);
    }
    const provenance = await preparations.get(own)!;
    if (!cell.stage.engine) return { provenance, engine: { kind: "none" } };
    return { provenance, engine: await (engine ??= prepareEngine()) };
  };
}
