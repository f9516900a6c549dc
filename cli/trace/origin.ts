/** A number's origin: from the value to the data, and the command that reproduces it. @module */
import type { TableValue } from "../../lib/report/mod.ts";
import type { Assessment } from "../../pipeline/freshness/assess.ts";
import { latestAttestation } from "../../pipeline/store/attestation.ts";
import { canonicalJson, type Json } from "../../pipeline/store/canonical.ts";
import type { Digest } from "../../pipeline/store/digest.ts";
import { lineageOf, openRuns } from "../../pipeline/answers/lineage.ts";
import type { Reason } from "../../pipeline/freshness/staleness.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { readObject } from "../common/read_object.ts";
import type { Commands } from "./commands.ts";
import { type NumberSource, recount, type TableNumber } from "./table_numbers.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";

/** The file in which a number is counted. */
export interface TracedSource extends NumberSource {
  readonly digest: Digest;
  readonly file: string;
  /** What the file says now; absent where it is not in the store any more. */
  readonly recounted?: { readonly correct: number; readonly images: number };
  /** What came out when the cell was last computed again. */
  readonly verified?: { readonly verdict: string; readonly date: string };
  /** Why the cell would be computed again now; empty if it is fresh. */
  readonly reasons: readonly Reason[];
}

/** All that made a number. */
export interface Trace {
  readonly name: string;
  /** What the table has: of one seed of several, the mean's. */
  readonly value: TableValue;
  /** Whether the paper's number was measured in the same setting. */
  readonly comparable: boolean;
  readonly table: { readonly digest: Digest; readonly file: string };
  readonly sources: readonly TracedSource[];
  /** The table's own cell, then those of the sources, then all that they were made from. */
  readonly cells: readonly Manifest[];
  /** Inputs whose manifest is no longer in the store. */
  readonly lost: readonly string[];
  /** Cells that have other parameters or another seed now, so that the commands need other options. */
  readonly changed: readonly string[];
  /** Shell commands that compute the number anew. */
  readonly commands: readonly string[];
}

/** Whether the files say what the table says, as far as they are there. */
export function agrees({ sources }: Trace): boolean {
  return sources.every(({ correct, images, recounted }) =>
    recounted === undefined || (recounted.correct === correct && recounted.images === images)
  );
}

/**
 * Traces a number.
 *
 * @param aggregate Manifest of the cell that made the table
 * @param commands Commands for these cells, computed at this commit with this engine
 * @throws {Error} If an object is damaged
 */
export async function trace(
  { name, value, comparable, sources }: TableNumber,
  aggregate: Manifest,
  { profile, store, assessed, commands, find = openRuns(store, profile) }: {
    readonly profile: string;
    readonly store: Store;
    readonly assessed: ReadonlyMap<string, Assessment>;
    readonly commands: Commands;
    readonly find?: ReturnType<typeof openRuns>;
  },
): Promise<Trace> {
  const cells = new Map([[aggregate.key, aggregate]]);
  const lost = new Set<string>(), traced: TracedSource[] = [];
  let last: Manifest | undefined;
  for (const source of sources) {
    const outputs = aggregate.inputs[source.cell] ?? {}, digest = outputs[source.output];
    if (digest === undefined) {
      throw new Error(
        `Cannot trace "${name}": the table names no ${source.output} of "${source.cell}" among its ` +
          'inputs; run "deno task pipeline"',
      );
    }
    const manifest = find(source.cell, outputs), text = await readObject(store, digest);
    const verified = manifest && latestAttestation(store, manifest);
    traced.push({
      ...source,
      digest,
      file: store.object(digest),
      ...text === undefined ? {} : { recounted: recount(source, text) },
      ...verified && { verified: { verdict: verified.verdict, date: verified.date } },
      reasons: assessed.get(source.cell)?.reasons ?? [],
    });
    if (manifest === undefined) {
      lost.add(source.cell);
      continue;
    }
    last = manifest;
    const lineage = lineageOf(manifest, find);
    for (const one of lineage.manifests) cells.set(one.key, one);
    lineage.lost.forEach((cell) => lost.add(cell));
  }
  const table = aggregate.outputs["table1.json"].digest;
  const commit = last?.provenance.commit, engine = last?.provenance.engine;
  return {
    name,
    value,
    comparable,
    table: { digest: table, file: store.object(table) },
    sources: traced,
    cells: [...cells.values()],
    lost: [...lost],
    changed: [...cells.values()].filter((run) => isOther(run, assessed.get(run.cell)))
      .map(({ cell }) => cell),
    commands: commands(
      traced.map(({ cell }) => cell),
      typeof commit === "string" ? commit : undefined,
      typeof engine === "string" ? engine : undefined,
    ),
  };
}

/** Whether a cell as it is declared now is another than the one that ran. */
function isOther({ parameters, seed }: Manifest, assessment: Assessment | undefined): boolean {
  if (assessment === undefined) return true;
  const now = { parameters: assessment.cell.parameters, seed: assessment.cell.seed ?? "0" };
  return canonicalJson({ parameters, seed } as Json) !== canonicalJson(now as Json);
}
