/**
 * Why a cell is stale, or what a fresh one depends on. The causes are those of
 * {@linkcode "./staleness.ts"}, as planning and running have them; only what they mean is told here.
 *
 * @module
 */
import { type Assessment, type Assessor, isFresh } from "../freshness/assess.ts";
import { type CodeChange, codeChanges, readCodeRecord } from "../code/code_record.ts";
import { adoptionsText } from "./adopted.ts";
import type { Ingredients } from "../store/key.ts";
import { wrap } from "../../lib/std/wrap.ts";
import { durationText } from "../units.ts";
import type { Json } from "../store/canonical.ts";
import { changeLine, valueText } from "../freshness/change_text.ts";
import type { Reason } from "../freshness/staleness.ts";
import type { Manifest } from "../store/manifest.ts";

/** A reason, and of changed code which parts changed. */
export interface ExplainedReason extends Reason {
  /** `null` where the last run left no record of its code's parts. */
  readonly code?: readonly CodeChange[] | null;
}

/** Reasons of one stale cell. */
export interface StaleCell {
  readonly cell: string;
  readonly reasons: readonly ExplainedReason[];
}

/** Why one cell is stale, or what it depends on. */
export interface Explanation extends StaleCell {
  readonly state: "fresh" | "stale" | "never ran";
  /** Stale cells that it needs, directly or not, and that have a cause of their own. */
  readonly upstream: readonly StaleCell[];
  /** Of a fresh cell: all that its key is made of. */
  readonly dependsOn?: Ingredients;
  /** Of a fresh cell: how many parts its code has, where that was recorded. */
  readonly code?: { readonly modules: number; readonly packages: number };
  /**
   * Of a fresh cell: digests of the code beneath the boundary of its stage, which does not count in
   * its key, where what computed it is not what is there now.
   */
  readonly beneath?: { readonly before: Json; readonly now: Json };
  /** The last finished run. */
  readonly last?: Pick<Manifest, "key" | "provenance" | "adopted">;
}

/**
 * Explains one cell.
 *
 * @param assessed Assessments of the cell and of all that it needs
 */
export async function explain(
  id: string,
  assessed: ReadonlyMap<string, Assessment>,
  assessor: Pick<Assessor, "store" | "code">,
): Promise<Explanation> {
  const assessment = assessed.get(id)!, { manifest, latest, ingredients } = assessment;
  const last = manifest ?? latest, fresh = isFresh(assessment);
  const own = await explained(assessment, assessor);
  const upstream: StaleCell[] = [];
  for (const other of staleBefore(assessment, assessed)) {
    upstream.push({ cell: other.cell.id, reasons: await explained(other, assessor) });
  }
  const beneath = fresh ? await beneathOf(assessment, manifest!, assessor) : undefined;
  const record = fresh && readCodeRecord(assessor.store.code(manifest!.code), manifest!.code);
  return {
    cell: id,
    state: fresh ? "fresh" : own.some(({ kind }) => kind === "never ran") ? "never ran" : "stale",
    reasons: own,
    upstream,
    ...fresh ? { dependsOn: ingredients } : {},
    ...record
      ? {
        code: {
          modules: Object.keys(record.modules).length,
          packages: record.packages.length,
        },
      }
      : {},
    ...beneath === undefined ? {} : { beneath },
    ...last === undefined ? {} : { last: lastRun(last) },
  };
}

function lastRun({ key, provenance, adopted }: Manifest): Explanation["last"] {
  return { key, provenance, ...adopted === undefined ? {} : { adopted } };
}

/** An explanation for people. */
export function explanationLines(explanation: Explanation): string[] {
  const { cell, state, reasons, upstream, last } = explanation;
  return [
    state === "never ran" ? `${cell} has not run yet` : `${cell} is ${state}`,
    ...state === "fresh" ? dependenceLines(explanation) : [],
    ...reasons.filter(({ kind }) => kind !== "never ran").flatMap((reason) =>
      reasonLines(reason, "  ")
    ),
    ...upstream.flatMap((other) => [
      `  needs ${other.cell}, which is stale`,
      ...other.reasons.flatMap((reason) => reasonLines(reason, "    ")),
    ]),
    ...state !== "stale" || last === undefined ? [] : [
      `  last finished      ${ranText(last)}`,
      `  its key            ${last.key}`,
    ],
    ...byCodeAlone(explanation) ? [`  may be adopted     deno task adopt ${cell}`] : [],
  ];
}

/** Whether nothing but code has changed. */
function byCodeAlone({ state, reasons, upstream }: Explanation): boolean {
  const all = [reasons, ...upstream.map((one) => one.reasons)].flat();
  return state === "stale" && reasons.some(({ kind }) => kind === "code changed") &&
    all.every(({ kind }) => kind === "code changed" || kind === "input may change");
}

/** When, where and how long a cell ran. */
export function ranText({ provenance }: Pick<Manifest, "provenance">): string {
  const { finished, host, seconds, engine } = provenance;
  return [
    `${finished.replace("T", " ").slice(0, 16)} UTC`,
    ...typeof host === "string" ? [`on ${host}`] : [],
    ...typeof engine === "string" ? [`with engine ${engine}`] : [],
    `in ${durationText(seconds)}`,
  ].join(" ");
}

/** Leaves of a JSON value by path, for example `objective.lambda`. */
export function leaves(value: Json, path: readonly string[] = []): [path: string, value: Json][] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, part]) => leaves(part, [...path, name]))
    : [[path.join("."), value]];
}

async function explained(
  { cell, reasons, latest }: Assessment,
  { store, code }: Pick<Assessor, "store" | "code">,
): Promise<ExplainedReason[]> {
  const all: ExplainedReason[] = [];
  for (const reason of reasons) {
    if (reason.kind !== "code changed") {
      all.push(reason);
      continue;
    }
    const before = readCodeRecord(store.code(latest!.code), latest!.code);
    const changes = before === undefined ? null : codeChanges(
      before,
      await code.record(
        cell,
        (module, digest) =>
          before.modules[module] !== undefined &&
          before.modules[module] !== digest,
      ),
    );
    all.push({ ...reason, code: changes });
  }
  return all;
}

/** How the code beneath the boundary differs from what computed a cell, if it does. */
async function beneathOf(
  { cell }: Assessment,
  { provenance }: Manifest,
  { code }: Pick<Assessor, "code">,
): Promise<Explanation["beneath"]> {
  const now = await code.beneath(cell) ?? null, before = provenance.beneath ?? null;
  return before === now ? undefined : { before, now };
}

/** Cells before a cell that are stale for another cause than a stale input, inputs first. */
function staleBefore(
  { cell }: Assessment,
  assessed: ReadonlyMap<string, Assessment>,
): Assessment[] {
  const found = new Map<string, Assessment>(), seen = new Set<string>();
  const visit = (id: string) => {
    if (seen.has(id)) return;
    seen.add(id);
    const assessment = assessed.get(id)!;
    if (isFresh(assessment)) return;
    assessment.cell.inputs.forEach(visit);
    if (assessment.reasons.some(({ kind }) => kind !== "input may change")) {
      found.set(id, assessment);
    }
  };
  cell.inputs.forEach(visit);
  return [...found.values()];
}

/** Width of the longest kind of reason, and of a terminal. */
const KIND = 17, WIDTH = 80;

function reasonLines(reason: ExplainedReason, indent: string): string[] {
  const texts = reason.kind === "code changed"
    ? codeLines(reason)
    : reason.changes?.map(changeLine) ?? [reason.text];
  return texts.flatMap((text, index) => rowLines(index === 0 ? reason.kind : "", text, indent));
}

/** A name and a text beside it, in 80 columns, long words aside. */
function rowLines(name: string, text: string, indent = "  "): string[] {
  return wrap(text, WIDTH - indent.length - KIND - 2)
    .map((line, index) => `${indent}${(index === 0 ? name : "").padEnd(KIND)}  ${line}`);
}

function codeLines({ changes = [], code }: ExplainedReason): string[] {
  const digests = changes.map(changeLine);
  if (!code) {
    return [...digests, "which modules changed is not known: the last run left no list of them"];
  }
  return [...digests, ...code.map(codeChangeText)];
}

function codeChangeText({ name, kind, declarations, before, now }: CodeChange): string {
  if (declarations !== undefined && declarations.length > 0) {
    return `${name}: ${declarations.join(", ")}`;
  }
  const values = before !== undefined && now !== undefined && kind === "changed"
    ? ` from ${before} to ${now}`
    : "";
  return `${name} ${kind}${values}`;
}

/** It does not make the cell stale, and whoever doubts it can compute the cell again. */
function beneathText({ before, now }: NonNullable<Explanation["beneath"]>): string {
  return `beneath the engine differs from what computed it (${valueText(before)} -> ${
    valueText(now)
  }), which does not count`;
}

function dependenceLines({ dependsOn, code, beneath, last }: Explanation): string[] {
  const { code: digest, revision, parameters, seed, inputs } = dependsOn!;
  const parts = code === undefined
    ? ""
    : `, of ${code.modules} modules and files, ${code.packages} packages`;
  const rows = [
    ["ran", ranText(last!)],
    ...last!.adopted === undefined
      ? []
      : [["adopted", `computed by earlier code; tried on ${adoptionsText(last!.adopted)}`]],
    ["key", last!.key],
    ["code", `${valueText(digest)}${parts}`],
    ...revision === undefined ? [] : [["revision", String(revision)]],
    ...beneath === undefined ? [] : [["engine code", beneathText(beneath)]],
    ["seed", seed],
    ...leaves(parameters).map(([path, value]) => ["parameter", `${path} is ${valueText(value)}`]),
    ...Object.entries(inputs).flatMap(([name, files]) =>
      Object.entries(files).map((
        [file, digest],
      ) => ["input", `${name}/${file} ${valueText(digest)}`])
    ),
  ];
  return rows.flatMap(([name, text]) => rowLines(name, text));
}
