/** Fetches a finished cell from a remote, and checks every part of it. @module */
import { join } from "node:path";
import { outputsOf } from "../cells/outputs.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { digestOfFile } from "../store/digest.ts";
import type { Key } from "../store/key.ts";
import { type Manifest, readManifest } from "../store/manifest.ts";
import { manifestProblem } from "./manifest_problem.ts";
import type { Remote } from "./remote.ts";

/** What is fetched. */
export interface CellRequest {
  readonly cell: CellDeclaration;
  readonly key: Key;
  /** Folder for its manifest. */
  readonly folder: string;
  /** Folder for its outputs; without it they are only looked for. */
  readonly outputs?: string;
  readonly signal?: AbortSignal;
}

/** What came of it. */
export type CellAnswer =
  | { readonly kind: "sound"; readonly manifest: Manifest }
  | { readonly kind: "missing" }
  /** `what` is the place in the remote, `problem` what is wrong with it. */
  | { readonly kind: "unsound"; readonly what: string; readonly problem: string };

/** Fetches a cell's manifest, and its outputs if there is a folder for them. */
export async function fetchCell(
  remote: Remote,
  { cell, key, folder, outputs, signal }: CellRequest,
): Promise<CellAnswer> {
  const file = join(folder, "manifest.json"), name = { kind: "manifest", key } as const;
  if (await remote.get(name, file, signal) === undefined) return { kind: "missing" };
  const reading = readManifest(file);
  const manifest = reading.kind === "sound" ? reading.manifest : undefined;
  const problem = manifestProblem(manifest, cell, key);
  if (manifest === undefined || problem !== undefined) {
    return { kind: "unsound", what: remote.where(name), problem: problem! };
  }
  const objects = outputsOf(cell).map((name) => ({
    ...{ name, path: outputs && join(outputs, name) },
    object: { kind: "object", digest: manifest.outputs[name].digest } as const,
  }));
  const there = outputs === undefined
    ? await remote.has(objects.map(({ object }) => object), signal)
    : new Set(
      (await Promise.all(
        objects.map(async ({ object, path }) =>
          await remote.get(object, path!, signal) === undefined ? [] : [object]
        ),
      )).flat(),
    );
  for (const { name, path, object } of objects) {
    const unsound = { kind: "unsound", what: remote.where(object) } as const;
    if (!there.has(object)) return { ...unsound, problem: "is missing" };
    if (path && await digestOfFile(path) !== object.digest) {
      return { ...unsound, problem: `(${name}) is not what its name says` };
    }
  }
  return { kind: "sound", manifest };
}
