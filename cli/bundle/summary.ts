/**
 * What a bundle's runner tells of cells that are not in its results: a file beside them. Of trainings
 * that go on it has what they have measured, and of finished cells the manifest and small outputs.
 *
 * @module
 */
import { join } from "node:path";
import { readArchive } from "../../pipeline/bundle/archive.ts";
import { begunCells } from "../../pipeline/bundle/checkpoints.ts";
import type { OpenedBundle } from "../../pipeline/bundle/host.ts";
import { finishedCells, resultsOf } from "../../pipeline/bundle/results.ts";
import { SUMMARY } from "../../pipeline/bundle/results_folder.ts";
import { readJson, removeIfPresent, writeAtomic } from "../../pipeline/store/files.ts";
import { metricsText, sizeText } from "../../pipeline/units.ts";
import type { Json } from "../../pipeline/store/canonical.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import {
  type CheckpointHistory,
  readCheckpointHistory,
} from "../../stages/train/checkpoint_history.ts";

/** A training as far as it has come. */
export interface UnfinishedTraining extends CheckpointHistory {
  readonly cell: string;
  readonly key: string;
  readonly parameters: { readonly [name: string]: Json };
  readonly seed: string;
}

/** A finished cell whose outputs are not in the results. */
export interface LeftOutCell {
  readonly manifest: Manifest;
  /** Content of its small outputs by name, as text whose SHA-256 the manifest has. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The content of the file. */
export interface BundleSummary {
  readonly format: typeof FORMAT;
  /** Digest of the bundle that was run. */
  readonly bundle: string;
  readonly profile: string;
  readonly trainings: readonly UnfinishedTraining[];
  readonly leftOut: readonly LeftOutCell[];
}

const FORMAT = "smoothness/summary/1";

/** Which outputs come back in the file: JSON below 1 MB each, and 10 MB together. */
const SMALL = { name: /\.json$/, size: 1e6, total: 10e6 };

/**
 * Opens what keeps the file up to date.
 *
 * @param folder Of the results
 * @returns Looks at all cells, and writes the file anew if anything has changed; a file that would
 *   say nothing is removed
 */
export function openSummary(bundle: OpenedBundle, folder: string): () => void {
  const path = join(folder, SUMMARY), trainings = openTrainings(bundle);
  let written = JSON.stringify(readJson(path) ?? null);
  return () => {
    const content: BundleSummary = {
      ...{ format: FORMAT, bundle: bundle.index.digest, profile: bundle.content.profile },
      ...{ trainings: trainings(), leftOut: leftOutCells(bundle, folder) },
    };
    if (content.trainings.length + content.leftOut.length === 0) {
      removeIfPresent(path);
      written = "null";
      return;
    }
    const text = JSON.stringify(content);
    if (text === written) return;
    writeAtomic(path, JSON.stringify(content, null, 1) + "\n");
    written = text;
  };
}

/** Trainings that have begun; a checkpoint that is the same as before is not read again. */
function openTrainings(bundle: OpenedBundle): () => readonly UnfinishedTraining[] {
  const seen = new Map<string, string>();
  let trainings: UnfinishedTraining[] = [];
  return () => {
    const begun = begunCells(bundle).filter(({ stage }) => stage === "train");
    trainings = begun.flatMap(({ saved, cell, key, parameters, seed }) => {
      const before = trainings.find((training) => training.key === key), now = stamp(saved);
      if (before !== undefined && seen.get(key) === now) return [before];
      const found = readCheckpointHistory(saved);
      if (found === undefined) return [];
      seen.set(key, now);
      const known = parameters as UnfinishedTraining["parameters"];
      return [{ cell, key, parameters: known, seed, ...found }];
    });
    return trainings;
  };
}

function stamp(folder: string): string {
  try {
    const { ino, size, mtime } = Deno.statSync(join(folder, "checkpoint"));
    return [ino, size, mtime?.getTime()].join(" ");
  } catch {
    return ""; // there is none yet
  }
}

/** Finished cells that are neither in the results of a folder nor where the bundle was made. */
export function leftOutCells(bundle: OpenedBundle, folder: string): readonly LeftOutCell[] {
  const { content: { cells }, store } = bundle, packed = packedKeys(folder);
  const here = new Set(cells.filter(({ finished }) => finished).map(({ id }) => id));
  let left = SMALL.total;
  return finishedCells(bundle)
    .filter(({ cell, key }) => !here.has(cell) && !packed.has(key))
    .map((manifest) => {
      const small = Object.entries(manifest.outputs).filter(([name, { size }]) => {
        const fits = SMALL.name.test(name) && size < SMALL.size && size <= left;
        if (fits) left -= size;
        return fits;
      });
      const outputs = small.map(([name, { digest }]) =>
        [name, Deno.readTextFileSync(store.object(digest))] as const
      );
      return { manifest, outputs: Object.fromEntries(outputs) };
    });
}

function packedKeys(folder: string): ReadonlySet<string> {
  try {
    const { index } = readArchive(folder, ["results"]);
    return new Set(resultsOf(index).cells.map(({ key }) => key));
  } catch {
    return new Set(); // nothing is packed yet
  }
}

/** The file beside results, if there is one. */
export function readSummary(folder: string): BundleSummary | undefined {
  const found = readJson<BundleSummary>(join(folder, SUMMARY));
  return found?.format === FORMAT ? found : undefined;
}

/** A summary for people, a line a cell. */
export function summaryLines({ trainings, leftOut }: BundleSummary): string[] {
  return [...trainings.map(trainingLine), ...leftOut.map(leftOutLine)];
}

function trainingLine({ cell, epoch, history, parameters }: UnfinishedTraining): string {
  const { epochs } = parameters.recipe as { epochs: number };
  const last = history[history.length - 1];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return `${cell} after epoch ${epoch} of ${epochs}: loss ${last.train_loss.toFixed(3)}, clean ${
    percent(last.clean_accuracy)
  }, PGD-10 ${percent(last.pgd10_accuracy)}`;
}

function leftOutLine({ manifest: { cell, metrics, outputs }, outputs: kept }: LeftOutCell): string {
  const [here, missing] = [true, false].map((is) =>
    Object.entries(outputs).filter(([name]) => (name in kept) === is)
      .map(([name, { size }]) => `${name} (${sizeText(size)})`).join(", ")
  );
  const numbers = metricsText(metrics);
  return `${cell} finished${numbers && `: ${numbers}`}; in ${SUMMARY}: ${
    here || "its metrics"
  }; not here: ${missing || "its manifest in the results"}`;
}
