import { join } from "node:path";
import { canonicalJson, type Json } from "../store/canonical.ts";
import { readCodeRecord } from "../code/code_record.ts";
import type { Digest } from "../store/digest.ts";
import { type Key, keyOf } from "../store/key.ts";
import { checkManifest, type Manifest } from "../store/manifest.ts";
import type { ArchiveIndex } from "./archive.ts";
import { type BundleContent, objectPath, recordPath } from "./content.ts";
import { manifestPath, resultsOf } from "./results.ts";

/** Outputs that a cell's stage declares; `undefined` if there is no such stage. */
export type StageOutputs = (
  cell: Pick<Manifest, "stage" | "parameters">,
) => readonly string[] | undefined;

/**
 * Checks what was unpacked from a results' archive, whose files are already known to be what its
 * index says: each manifest is sound, of the key and the cell that it should be, with just the
 * outputs that its stage declares, and nothing else is there.
 *
 * @param where The index, for messages
 * @param folder Where it was unpacked
 * @param exported The bundle that was run, as it was exported; `undefined` if it is not known
 * @returns The manifests, inputs first
 * @throws {Error} If anything is not so
 */
export function checkResults(
  where: string,
  folder: string,
  index: ArchiveIndex,
  outputsOf: StageOutputs,
  exported: BundleContent | undefined,
): Manifest[] {
  const refuse = (what: string, problem: string) =>
    new Error(`Cannot import "${where}": "${what}" ${problem}`);
  const { cells, bundle } = resultsOf(index);
  const byPath = new Map(index.files.map((file) => [file.path, file])), used = new Set<string>();
  if (!Array.isArray(cells)) throw refuse("cells", "is no list");
  const manifests = cells.map(({ cell, key }) => {
    const path = manifestPath(key as Key);
    if (!byPath.has(path)) throw refuse(path, `is missing, which cell ${cell} needs`);
    used.add(path);
    const reading = checkManifest(Deno.readFileSync(join(folder, path)));
    if (reading.kind !== "sound" || !reading.sealed) throw refuse(path, "is damaged");
    const { manifest } = reading;
    try {
      const problem = manifestProblem(manifest, cell, key, bundle) ??
        outputsProblem(manifest, outputsOf(manifest), byPath) ??
        (exported === undefined ? undefined : foreignProblem(manifest, exported));
      if (problem !== undefined) throw refuse(path, problem);
    } catch (error) {
      if (error instanceof TypeError) throw refuse(path, "is not a manifest of this program");
      throw error;
    }
    const record = recordPath(manifest.code);
    if (!byPath.has(record) || readCodeRecord(join(folder, record), manifest.code) === undefined) {
      throw refuse(record, "is not there, or not the record of the code that its name says");
    }
    used.add(record);
    for (const { digest } of Object.values(manifest.outputs)) used.add(objectPath(digest));
    return manifest;
  });
  for (const { key, inputs } of manifests) {
    for (const { cell, outputs } of manifests.filter(({ cell }) => cell in inputs)) {
      const wrong = Object.entries(outputs).find(([name, { digest }]) =>
        inputs[cell][name] !== digest
      );
      if (wrong === undefined) continue;
      throw refuse(manifestPath(key), `read another ${wrong[0]} of ${cell} than the archive has`);
    }
  }
  const extra = index.files.find(({ path }) => !used.has(path));
  if (extra !== undefined) throw refuse(extra.path, "belongs to no cell of the archive");
  return manifests;
}

function manifestProblem(
  manifest: Manifest,
  cell: string,
  key: Key,
  bundle: Digest,
): string | undefined {
  if (manifest.cell !== cell) return `is of cell ${manifest.cell}, expected ${cell}`;
  if (manifest.key !== key) return `has the key ${manifest.key}, expected ${key}`;
  const found = keyOf(manifest);
  if (found !== key) return `has ingredients with the key ${found}, expected ${key}`;
  const { provenance, metrics } = manifest;
  if (provenance.bundle !== bundle) {
    return `came from the bundle ${provenance.bundle}, expected ${bundle}`;
  }
  // a run of a bundle computes every cell: who adopts has the outputs and the trial at hand
  if (manifest.adopted !== undefined) return "was adopted, expected what its bundle computed";
  const dated = typeof provenance.started === "string" &&
    typeof provenance.finished === "string" && typeof provenance.seconds === "number";
  if (!dated) return "does not say when it was computed";
  if (!Object.values(metrics).every((value) => typeof value === "number")) {
    return "has metrics that are no numbers";
  }
}

function outputsProblem(
  { stage, outputs }: Manifest,
  declared: readonly string[] | undefined,
  byPath: ReadonlyMap<string, { readonly size: number; readonly digest: Digest }>,
): string | undefined {
  if (declared === undefined) return `is of stage "${stage}", which is not known here`;
  const found = Object.keys(outputs).sort().join(", "), expected = [...declared].sort().join(", ");
  if (found !== expected) return `has the outputs ${found}, expected ${expected}`;
  for (const [name, { digest, size }] of Object.entries(outputs)) {
    const file = byPath.get(objectPath(digest));
    if (file === undefined) return `needs "${objectPath(digest)}" (${name}), which is missing`;
    if (file.digest !== digest) {
      return `needs "${objectPath(digest)}" (${name}), whose SHA-256 is ${file.digest}, ` +
        `expected ${digest}`;
    }
    if (file.size !== size) return `has ${size} bytes of ${name}, found ${file.size}`;
  }
}

/** Whether a result is one of the cells that were exported, with the same ingredients. */
function foreignProblem(
  manifest: Manifest,
  { cells }: BundleContent,
): string | undefined {
  const cell = cells.find(({ id }) => id === manifest.cell);
  if (cell === undefined) return "is of a cell that its bundle does not have";
  if (cell.key !== undefined && cell.key !== manifest.key) {
    return `has the key ${manifest.key}, expected ${cell.key}`;
  }
  const of = (stage: string, code: unknown, parameters: Json, seed: string, files: unknown) =>
    canonicalJson({ stage, code, parameters, seed, files } as Json);
  const files = Object.fromEntries(
    Object.entries(manifest.inputs).filter(([name]) => !cell.inputs.includes(name)),
  );
  const found = of(manifest.stage, manifest.code, manifest.parameters, manifest.seed, files);
  if (found !== of(cell.stage, cell.code, cell.parameters, cell.seed, cell.files)) {
    return `has other ingredients than ${cell.id} has in its bundle`;
  }
  const missing = cell.inputs.find((id) => !(id in manifest.inputs));
  if (missing !== undefined) return `does not say what it read of ${missing}`;
}
