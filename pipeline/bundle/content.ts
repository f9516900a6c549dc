/**
 * What a bundle holds: cells that are to be computed elsewhere, the code of their stages as one file
 * each, and all files that they read. A cell that is finished already travels as files alone: to
 * those that read it its outputs are files from outside, with the same digests in the same places,
 * so that their keys are the same.
 *
 * @module
 */
import { type Assessment, isFresh } from "../assess.ts";
import type { Digest } from "../digest.ts";
import type { InputDigests, Key } from "../key.ts";
import type { CellDeclaration, Json, StagePermissions } from "../stage.ts";
import type { ArchiveIndex } from "./archive.ts";

/** A stage in a bundle. */
export interface BundledStage {
  readonly name: string;
  readonly summary: string;
  readonly outputs: readonly string[];
  readonly permissions?: StagePermissions;
  readonly engine?: boolean;
  /** Digest of the code as it enters keys: of the files that the bundled one was made from. */
  readonly code: Digest;
}

/** A cell in a bundle. */
export interface BundledCell {
  readonly id: string;
  /** Name of its stage. */
  readonly stage: string;
  readonly parameters: { readonly [key: string]: Json };
  readonly seed: string;
  /** Cells of the same bundle. */
  readonly inputs: readonly string[];
  /** Files of the bundle by input and file name: outputs of finished cells, and what is external. */
  readonly files: InputDigests;
  readonly permissions?: StagePermissions;
  /** Known where all inputs are finished. */
  readonly key?: Key;
}

/** What `about` of a bundle's index says. */
export interface BundleContent {
  readonly profile: string;
  /** Of the repository, where it is known. */
  readonly commit?: string;
  /** Version of Deno that bundled the stages. */
  readonly deno: string;
  /** Inputs first. */
  readonly cells: readonly BundledCell[];
  readonly stages: readonly BundledStage[];
  /** Path of the PJRT plugin in the bundle, if one travels. */
  readonly plugin?: string;
}

/** Where a bundle keeps the code of a stage. */
export const stagePath = (name: string) => `stages/${name}.js`;

/** Where a bundle keeps a file that cells read. */
export const objectPath = (digest: Digest) => `objects/${digest}`;

/** Where a bundle keeps the record of a stage's code. */
export const recordPath = (code: Digest) => `code/${code}.json`;

/** The content of an index of kind `bundle`. */
export function contentOf(index: ArchiveIndex): BundleContent {
  return index.about as unknown as BundleContent;
}

/** The cells that are to travel: those selected that are stale, and what is stale that they need. */
export function cellsToPack(
  ordered: readonly CellDeclaration[],
  selected: readonly string[],
  assessed: ReadonlyMap<string, Assessment>,
): CellDeclaration[] {
  const wanted = new Set<string>(), byId = new Map(ordered.map((cell) => [cell.id, cell]));
  const visit = (id: string) => {
    if (wanted.has(id) || isFresh(assessed.get(id)!)) return;
    wanted.add(id);
    byId.get(id)!.inputs.forEach(visit);
  };
  selected.forEach(visit);
  return ordered.filter(({ id }) => wanted.has(id));
}

/**
 * One cell as it travels.
 *
 * @param packed Ids of all cells that travel
 * @param external Digests of the cell's files from outside, by input and file name
 * @throws {Error} If the cell needs the network
 */
export function bundledCell(
  cell: CellDeclaration,
  packed: ReadonlySet<string>,
  assessed: ReadonlyMap<string, Assessment>,
  external: InputDigests,
): BundledCell {
  const { net } = { ...cell.stage.permissions, ...cell.permissions };
  if (net !== undefined && net.length > 0) {
    throw new Error(
      `Cannot pack "${cell.id}": it needs the network (${
        net.join(", ")
      }), which a bundle does not ` +
        `have; run "deno task stage ${cell.id}" first, then its outputs travel`,
    );
  }
  const files: Record<string, Record<string, Digest>> = {};
  for (const id of cell.inputs) {
    const assessment = assessed.get(id)!;
    if (packed.has(id) || !isFresh(assessment)) continue;
    files[id] = Object.fromEntries(
      Object.entries(assessment.manifest.outputs).map(([name, { digest }]) => [name, digest]),
    );
  }
  const { key } = assessed.get(cell.id)!;
  return {
    id: cell.id,
    stage: cell.stage.name,
    parameters: cell.parameters,
    seed: cell.seed ?? "0",
    inputs: cell.inputs.filter((id) => packed.has(id)),
    files: { ...files, ...external },
    ...cell.permissions === undefined ? {} : { permissions: cell.permissions },
    ...key === undefined ? {} : { key },
  };
}
