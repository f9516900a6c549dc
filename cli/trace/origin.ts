/** A number's origin: from the value to the data, and the command that reproduces it. @module */
import { durationText } from "../../pipeline/units.ts";
import { relative } from "node:path";
import { oneDecimal, type TableValue } from "../../lib/report/mod.ts";
import type { Assessment } from "../../pipeline/freshness/assess.ts";
import { type Adoption, adoptionText } from "../../pipeline/store/adoption.ts";
import { latestAttestation } from "../../pipeline/store/attestation.ts";
import { canonicalJson, type Json } from "../../pipeline/store/canonical.ts";
import type { Digest } from "../../pipeline/store/digest.ts";
import { lineageOf, openRuns } from "../../pipeline/answers/lineage.ts";
import type { Reason } from "../../pipeline/freshness/staleness.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { leaves, ranText } from "../../pipeline/answers/why.ts";
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
  readonly value: TableValue;
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
  { name, value, sources }: TableNumber,
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

/** A trace for people. */
export function traceLines(trace: Trace): string[] {
  const { name, value, table, sources, cells, lost, changed, commands } = trace;
  const made = new Set([...cells.map(({ cell }) => cell), ...lost]);
  const seeds = sources.length === 1 ? "" : `, mean of ${sources.length} seeds`;
  const percent = sources.length === 1
    ? oneDecimal(100 * sources[0].correct / sources[0].images).toFixed(1)
    : value.percent.toFixed(1);
  const paper = value.paper === null ? "" : `; the paper has ${value.paper.toFixed(1)} %`;
  return [
    `${name} is ${percent} %${seeds}${paper}`,
    ...rows([["table", `table1.json ${table.digest}`], ["", shortest(table.file)]]),
    ...sources.flatMap(sourceLines),
    ...cells.flatMap((manifest) => ["", manifest.cell, ...manifestLines(manifest, made)]),
    ...lost.map((cell) => `\n${cell}\n  its manifest is no longer in the store`),
    "",
    "To compute it anew:",
    ...commands.map((command) => `  ${command}`),
    ...changed.length === 0 ? [] : [
      `with the profile and --set of then: ${changed.join(", ")} ${
        changed.length === 1 ? "has" : "have"
      } other parameters or another seed now`,
    ],
  ];
}

function sourceLines(source: TracedSource): string[] {
  const { cell, output, digest, file, correct, images, counted, recounted, verified } = source;
  const what = counted === "clean" ? "before the attack" : "after the attack";
  const same = recounted?.correct === correct && recounted.images === images;
  return rows([
    ["counted in", `${output} ${digest}`],
    ["", recounted === undefined ? "not in the store any more" : shortest(file)],
    ["by cell", cell],
    ["", `${correct} of ${images} images classified correctly ${what}`],
    ...recounted === undefined ? [] : [[
      "recounted",
      same
        ? "the same"
        : `DIFFERENT: the file has ${recounted.correct} of ${recounted.images} images`,
    ]],
    ...verified === undefined
      ? []
      : [["verified", `${verified.verdict}, computed again ${verified.date.slice(0, 10)}`]],
    ...source.reasons.length === 0
      ? []
      : [["stale now", source.reasons.map(({ text }) => text).join("; ")]],
  ]);
}

/** Provenance that has a line of its own, and in which. */
const LINES: Readonly<Record<string, string>> = {
  engine: "engine",
  platform: "engine",
  device: "engine",
  host: "hardware",
  system: "hardware",
  cores: "hardware",
  deno: "versions",
  v8: "versions",
  versions: "versions",
  commit: "commit",
  data: "data",
};

/** @param made Cells that led to the number; a table has many inputs besides */
function manifestLines(manifest: Manifest, made: ReadonlySet<string>): string[] {
  const { key, code, seed, parameters, inputs, outputs, provenance } = manifest;
  const { started: _, finished: __, seconds: ___, ...more } = provenance;
  const facts = new Map<string, string[]>();
  for (const [name, value] of Object.entries(more)) {
    const line = LINES[name] ?? "also";
    const texts = leaves(value, name === "versions" ? [] : [name]).map(([path, leaf]) =>
      line === path ? String(leaf) : `${path} ${leaf}`
    );
    facts.set(line, [...facts.get(line) ?? [], ...texts]);
  }
  const telling = Object.entries(inputs).filter(([cell]) =>
    made.has(cell) || cell.startsWith("external:")
  );
  const others = Object.keys(inputs).length - telling.length;
  return rows([
    ["key", key],
    ["code", code],
    ["seed", seed],
    ...leaves(parameters).map(([path, value]) => ["parameter", `${path} ${JSON.stringify(value)}`]),
    ...telling.flatMap(([cell, files]) =>
      Object.entries(files).map(([file, digest]) => ["input", `${digest} ${cell}/${file}`])
    ),
    ...others === 0 ? [] : [["input", `and the outputs of ${others} other cells`]],
    ...Object.entries(outputs).map(([file, { digest }]) => ["output", `${digest} ${file}`]),
    ["ran", ranText(manifest)],
    ...(manifest.adopted ?? []).flatMap(adoptionRows),
    ...["data", "engine", "hardware", "versions", "commit", "also"].flatMap((line) =>
      facts.has(line) ? [[line, facts.get(line)!.join(", ")]] : []
    ),
  ]);
}

/** How newer code was tried on what a cell left. */
function adoptionRows(adoption: Adoption): string[][] {
  const { code, from, trial: { engine, host, seconds, date } } = adoption;
  const where = [`on ${host}`, ...engine === undefined ? [] : [`with engine ${engine}`]].join(" ");
  return [
    ["adopted", `computed by earlier code; tried on ${adoptionText(adoption)}`],
    ["", `${date.replace("T", " ").slice(0, 16)} UTC ${where} in ${durationText(seconds)}`],
    ["", `code before ${code.before}`],
    ["", `key before ${from}`],
  ];
}

/** Lines of two columns; a name is written once for all lines that follow with the same one. */
function rows(pairs: readonly (readonly string[])[]): string[] {
  return pairs.map(([name, text], index) =>
    `  ${(pairs[index - 1]?.[0] === name ? "" : name).padEnd(10)}  ${text}`
  );
}

/** A path relative to the working directory, unless it leads out of it. */
function shortest(path: string): string {
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") ? path : short;
}
