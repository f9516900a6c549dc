/**
 * What a bundle holds: cells that are to be computed elsewhere, the code of their stages as one file
 * each, and all files that they read. A cell that is finished already travels as files alone: to
 * those that read it its outputs are files from outside, with the same digests in the same places,
 * so that their keys are the same.
 *
 * @module
 */
import { type Assessment, isFresh } from "../freshness/assess.ts";
import type { Digest } from "../store/digest.ts";
import type { InputDigests, Key } from "../store/key.ts";
import type { CellDeclaration, Revision, StagePermissions } from "../cells/stage.ts";
import type { Manifest } from "../store/manifest.ts";
import type { ArchiveIndex } from "./archive.ts";
import type { Json } from "../store/canonical.ts";

/** A stage in a bundle. */
export interface BundledStage {
  readonly name: string;
  readonly summary: string;
  readonly outputs: readonly string[];
  readonly permissions?: StagePermissions;
  readonly engine?: boolean;
  readonly revision?: Revision;
  /** Names of the workers that it starts; none if left out. */
  readonly workers?: readonly string[];
}

/** A rule in a bundle. */
export interface BundledRule {
  readonly kind: string;
  readonly name: string;
}

/** A cell in a bundle. */
export interface BundledCell {
  readonly id: string;
  /** Name of its stage. */
  readonly stage: string;
  readonly parameters: { readonly [key: string]: Json };
  readonly seed: string;
  /** Digest of its code as it enters the key: of the files that the bundled ones were made from. */
  readonly code: Digest;
  /** Digest of the code beneath the boundary of its stage. */
  readonly beneath?: Digest;
  readonly rules: readonly BundledRule[];
  /** Files that it leaves besides those of its stage; none if left out. */
  readonly moreOutputs?: readonly string[];
  /** Cells of the same bundle. */
  readonly inputs: readonly string[];
  /** Files of the bundle by input and file name: outputs of finished cells, and what is external. */
  readonly files: InputDigests;
  readonly permissions?: StagePermissions;
  /** Known where all inputs are finished. */
  readonly key?: Key;
  /**
   * What it left where the bundle was made, if it is finished there: it travels because the files
   * that it reads do not, has to leave the same on the host, and does not come back.
   */
  readonly finished?: Readonly<Record<string, Digest>>;
}

/** A file that does not travel and has to be given on the host. */
export interface GivenFile {
  /** What it was called where the bundle was made; on the host any name will do. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
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
  /** Files from outside that cells read and that do not travel; none if left out. */
  readonly given?: readonly GivenFile[];
}

/** Where a bundle keeps the code of a stage. */
export const stagePath = (name: string) => `stages/${name}.js`;

/** Where a bundle keeps the code of a worker: beside all stages that start it. */
export const workerPath = (name: string) => `stages/${name}`;

/** Where a bundle keeps the code of a rule. */
export const rulePath = ({ kind, name }: BundledRule) => `rules/${kind}-${name}.js`;

/** Where a bundle keeps a file that cells read. */
export const objectPath = (digest: Digest) => `objects/${digest}`;

/** Where a bundle keeps the record of a cell's code. */
export const recordPath = (code: Digest) => `code/${code}.json`;

/** The content of an index of kind `bundle`. */
export function contentOf(index: ArchiveIndex): BundleContent {
  return index.about as unknown as BundleContent;
}

/** Whether a cell reads files from outside. */
const readsData = ({ files = {} }: CellDeclaration) => Object.keys(files).length > 0;

/**
 * The cells that are to travel: those selected that are stale, and what is stale that they need.
 *
 * @param withData Whether files from outside travel; where not, a finished cell that reads them
 * travels in the place of its outputs
 * @throws {Error} If the files do not travel and a cell that reads them is not finished
 */
export function cellsToPack(
  ordered: readonly CellDeclaration[],
  selected: readonly string[],
  assessed: ReadonlyMap<string, Assessment>,
  withData = true,
): CellDeclaration[] {
  const wanted = new Set<string>(), byId = new Map(ordered.map((cell) => [cell.id, cell]));
  const visit = (id: string) => {
    if (wanted.has(id) || isFresh(assessed.get(id)!)) return;
    wanted.add(id);
    byId.get(id)!.inputs.forEach(visit);
  };
  selected.forEach(visit);
  if (!withData) {
    for (const id of [...wanted].flatMap((id) => [id, ...byId.get(id)!.inputs])) {
      const cell = byId.get(id)!;
      if (!readsData(cell)) continue;
      if (isFresh(assessed.get(id)!)) wanted.add(id);
      else {
        throw new Error(
          `Cannot leave out the files that "${id}" reads: it is not finished here, and what it ` +
            `leaves does not come back; run "deno task stage ${id}" first, with the same options`,
        );
      }
    }
  }
  return ordered.filter(({ id }) => wanted.has(id));
}

/**
 * One cell as it travels.
 *
 * @param packed Ids of all cells that travel
 * @param external Digests of the cell's files from outside, by input and file name
 * @param code Digests of its code
 * @throws {Error} If the cell needs the network
 */
export function bundledCell(
  cell: CellDeclaration,
  packed: ReadonlySet<string>,
  assessed: ReadonlyMap<string, Assessment>,
  external: InputDigests,
  code: Pick<BundledCell, "code" | "beneath">,
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
    files[id] = outputDigests(assessment.manifest);
  }
  const assessment = assessed.get(cell.id)!, { key } = assessment;
  const moreOutputs = cell.stage.moreOutputs?.(cell.parameters) ?? [];
  return {
    id: cell.id,
    stage: cell.stage.name,
    parameters: cell.parameters,
    seed: cell.seed ?? "0",
    ...code,
    rules: (cell.rules ?? []).map(({ kind, name }) => ({ kind, name })),
    ...moreOutputs.length === 0 ? {} : { moreOutputs },
    inputs: cell.inputs.filter((id) => packed.has(id)),
    files: { ...files, ...external },
    ...cell.permissions === undefined ? {} : { permissions: cell.permissions },
    ...key === undefined ? {} : { key },
    ...isFresh(assessment) ? { finished: outputDigests(assessment.manifest) } : {},
  };
}

const outputDigests = ({ outputs }: Manifest) =>
  Object.fromEntries(Object.entries(outputs).map(([name, { digest }]) => [name, digest]));
