/** Puts a pipeline's results where people find them. @module */
import { join } from "node:path";
import { type Assessment, isFresh } from "../../pipeline/freshness/assess.ts";
import { digestOf } from "../../pipeline/store/digest.ts";
import { moveAside, readJson, statIfPresent, writeAtomic } from "../../pipeline/store/files.ts";
import type { Store } from "../../pipeline/store/store.ts";
import type { StoredFile } from "../../pipeline/store/manifest.ts";

/** Cells whose outputs are results; their parameters say no more than what other cells have. */
export const RESULT_CELLS = [
  "aggregate",
  "plot",
  "theory",
  "curve",
  "transfer",
  "surface",
  "dial",
  "branches",
];

/** The page that shows the results, in their folder. */
export const PAGE = "report.html";

/** Files of a result folder by name. */
export interface CopiedResults {
  readonly folder: string;
  readonly files: readonly string[];
  /** Whether anything is there that was not before. */
  readonly changed: boolean;
}

/**
 * Copies the outputs of fresh result cells to the profile's result folder, with a record of every
 * cell they come from; files that are there already stay as they are. Other cells may give the same
 * results, after an edit of their code: the record is then made anew all the same.
 */
export function copyResults(
  store: Store,
  profile: string,
  assessed: ReadonlyMap<string, Assessment>,
): CopiedResults {
  const folder = store.results(profile), record = join(folder, "provenance.json");
  const wanted = RESULT_CELLS.flatMap((id) => {
    const assessment = assessed.get(id);
    return assessment !== undefined && isFresh(assessment)
      ? Object.entries(assessment.manifest.outputs).map(([name, file]) => ({ id, name, file }))
      : [];
  });
  if (wanted.length === 0) return { folder, files: [], changed: false };
  const recorded = readJson<Record<"results" | "cells", Record<string, unknown>>>(record);
  const there = recorded?.results ?? {};
  const results = Object.fromEntries(wanted.map(({ name, file }) => [name, file.digest]));
  let changed = false;
  for (const { id, name, file } of wanted) {
    const path = join(folder, name);
    if (there[name] === file.digest && statIfPresent(path)?.size === file.size) continue;
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeFileSync(path, readOutput(store, id, name, file));
    changed = true;
  }
  const cells = Object.fromEntries(
    [...assessed].flatMap(([id, assessment]) => {
      if (!isFresh(assessment)) return [];
      const { key, seed, parameters, outputs, metrics, provenance, adopted } = assessment.manifest;
      const digests = Object.fromEntries(
        Object.entries(outputs).map(([name, { digest }]) => [name, digest]),
      );
      return [[id, {
        ...{ key, seed, parameters, outputs: digests, metrics, provenance },
        ...adopted === undefined ? {} : { adopted },
      }]];
    }),
  );
  const moved = Object.entries(cells).some(([id, cell]) =>
    JSON.stringify(recorded?.cells?.[id]) !== JSON.stringify(cell)
  );
  if (changed || moved) {
    writeAtomic(record, JSON.stringify({ profile, results, cells }, null, 1) + "\n");
  }
  return { folder, files: wanted.map(({ name }) => name), changed: changed || moved };
}

/** An output of the cell `aggregate` as text, if the cell is fresh and has it. */
export function tableFile(
  store: Store,
  assessed: ReadonlyMap<string, Assessment>,
  name: string,
): string | undefined {
  const aggregate = assessed.get("aggregate");
  if (aggregate === undefined || !isFresh(aggregate)) return undefined;
  const file = aggregate.manifest.outputs[name];
  return file && new TextDecoder().decode(readOutput(store, "aggregate", name, file));
}

/** Reads and hashes an output; a damaged one is put aside, which makes its cell stale. */
function readOutput(store: Store, cell: string, name: string, { digest }: StoredFile) {
  const path = store.object(digest), info = statIfPresent(path);
  if (info === undefined) {
    throw new Error(
      `Cannot read ${name} of "${cell}": it is no longer in the store; run "deno task stage ${cell}" ` +
        "to make it anew",
    );
  }
  const bytes = Deno.readFileSync(path);
  if (digestOf(bytes) === digest) return bytes;
  throw new Error(
    `Cannot read ${name} of "${cell}": its bytes are not what they were; it was put aside as ` +
      `"${
        moveAside(path, store.quarantine, info) ?? path
      }"; run "deno task stage ${cell}" to make it anew`,
  );
}
