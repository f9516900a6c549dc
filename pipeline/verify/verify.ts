/**
 * Computes a finished cell again, from the same inputs and in a store of its own, and says how what
 * comes out compares with what was recorded.
 *
 * @module
 */
import { extname } from "node:path";
import { type AgainOptions, computeAgain, unsoundOutput } from "./again.ts";
import { assessAll, isFresh } from "../freshness/assess.ts";
import { addAttestation, type Attestation, type OutputComparison } from "../store/attestation.ts";
import { compareFiles, jsonNumbers, type NumberReader } from "./compare.ts";
import { removeIfPresent } from "../store/files.ts";
import { exclusively } from "../store/lease.ts";
import { resultMetrics } from "../store/metrics.ts";
import { inOrder, withInputs } from "../cells/select.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import type { Store } from "../store/store.ts";
import type { Comparison, Tolerance } from "../store/comparison.ts";
import type { Manifest } from "../store/manifest.ts";

/** Options of {@linkcode verifyCell}. */
export interface VerifyOptions extends AgainOptions {
  readonly tolerance: Tolerance;
  /** Readers of numbers by file extension, for example `.safetensors`; `.json` is known. */
  readonly readers?: Readonly<Record<string, NumberReader>>;
}

/**
 * Verifies one cell and keeps the attestation.
 *
 * @returns `undefined` if interrupted
 * @throws {Error} If the cell is stale, an object is damaged, or computing it again fails
 */
export async function verifyCell(
  id: string,
  cells: readonly CellDeclaration[],
  options: VerifyOptions,
): Promise<Attestation | undefined> {
  const { store } = options;
  const assessed = await assessAll(inOrder(withInputs(cells, [id])), options);
  const assessment = assessed.get(id)!;
  if (!isFresh(assessment)) {
    const why = assessment.reasons.map(({ text }) => text).join("; ");
    throw new Error(
      `Cannot verify "${id}": expected a finished cell, but it is stale (${why}); run ` +
        `"deno task stage ${id}"`,
    );
  }
  const inputs = assessment.cell.inputs.map((input) => assessed.get(input)!);
  const unsound = await unsoundOutput(
    [assessment, ...inputs].map(({ manifest }) => manifest!),
    store,
  );
  if (unsound !== undefined) throw new Error(`Cannot verify "${id}": ${unsound}`);
  Deno.mkdirSync(store.cache, { recursive: true });
  const folder = Deno.makeTempDirSync({ dir: store.cache, prefix: "verify-" });
  try {
    const again = await computeAgain(assessment, inputs, folder, options);
    if (again.kind === "interrupted") return undefined;
    if (again.kind === "failed") {
      const lines = again.tail.map((line) => `  | ${line}`);
      throw new Error([`Cannot verify "${id}": ${again.text}`, ...lines].join("\n"));
    }
    const { manifest, scratch } = again;
    const attestation = compareManifests(assessment.manifest, manifest, store, scratch, options);
    // Two that verify the same cell at a time add to one file.
    await exclusively(store.lease(attestation.key), () => addAttestation(store, attestation));
    return attestation;
  } finally {
    removeIfPresent(folder);
  }
}

function compareManifests(
  recorded: Manifest,
  again: Manifest,
  store: Store,
  scratch: Store,
  { tolerance, readers }: VerifyOptions,
): Attestation {
  const reader: Readonly<Record<string, NumberReader>> = { ".json": jsonNumbers, ...readers };
  const outputs: Record<string, OutputComparison> = {};
  for (const [name, { digest }] of Object.entries(recorded.outputs)) {
    const other = again.outputs[name].digest;
    const comparison: Comparison = digest === other ? { kind: "identical" } : compareFiles(
      Deno.readFileSync(store.object(digest)),
      Deno.readFileSync(scratch.object(other)),
      tolerance,
      reader[extname(name)],
    );
    outputs[name] = { ...comparison, recorded: digest, again: other };
  }
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const metrics = compareFiles(
    bytes(resultMetrics(recorded.metrics)),
    bytes(resultMetrics(again.metrics)),
    tolerance,
    jsonNumbers,
  );
  const kinds = [...Object.values(outputs), metrics].map(({ kind }) => kind);
  return {
    cell: recorded.cell,
    key: recorded.key,
    verdict: kinds.includes("different")
      ? "different"
      : kinds.includes("within tolerance")
      ? "within tolerance"
      : "identical",
    date: again.provenance.finished,
    tolerance,
    outputs,
    metrics,
    provenance: again.provenance,
  };
}

/** An attestation for people. */
export function attestationLines({ cell, verdict, tolerance, outputs, metrics }: Attestation) {
  const { absolute, relative } = tolerance;
  const rows = [...Object.entries(outputs), ["metrics", metrics] as const];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `${cell}: ${verdict} (tolerance: ${absolute} + ${relative} of the recorded value)`,
    ...rows.map(([name, comparison]) => `  ${name.padEnd(width)}  ${comparisonText(comparison)}`),
  ];
}

function comparisonText(comparison: Comparison): string {
  if (comparison.kind === "identical") return "identical";
  if ("text" in comparison) return `different: ${comparison.text}`;
  const { kind, largest, differing, outside, total } = comparison;
  const { name, index, recorded, again, difference } = largest;
  const beyond = outside > 0 ? `, ${outside} by more than is allowed` : "";
  return `${kind}: ${differing} of ${total} numbers differ${beyond}; largest by ${
    difference.toPrecision(3)
  } in ${name}[${index}]: ${again}, was ${recorded}`;
}
