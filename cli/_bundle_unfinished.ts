/** What a bundle's runner tells of trainings that are not finished: a file beside the results. @module */
import { join } from "node:path";
import { begunCells } from "../pipeline/bundle/checkpoints.ts";
import type { OpenedBundle } from "../pipeline/bundle/host.ts";
import { UNFINISHED } from "../pipeline/bundle/results_folder.ts";
import { readJson, removeIfPresent, writeAtomic } from "../pipeline/files.ts";
import type { Json } from "../pipeline/stage.ts";
import {
  type CheckpointHistory,
  readCheckpointHistory,
} from "../stages/train/checkpoint_history.ts";

/** A training as far as it has come. */
export interface UnfinishedTraining extends CheckpointHistory {
  readonly cell: string;
  readonly key: string;
  readonly parameters: { readonly [name: string]: Json };
  readonly seed: string;
}

/** The content of the file. */
export interface Unfinished {
  readonly format: typeof FORMAT;
  /** Digest of the bundle that was run. */
  readonly bundle: string;
  readonly profile: string;
  readonly trainings: readonly UnfinishedTraining[];
}

const FORMAT = "smoothness/unfinished/1";

/**
 * Opens what keeps the file up to date.
 *
 * @param folder Of the results
 * @returns Looks at all checkpoints, and writes the file anew if a training has gone on
 */
export function openUnfinished(bundle: OpenedBundle, folder: string): () => void {
  const path = join(folder, UNFINISHED), seen = new Map<string, string>();
  let trainings: UnfinishedTraining[] = [], written = JSON.stringify(readJson(path) ?? null);
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
    if (trainings.length === 0) {
      removeIfPresent(path);
      written = "null";
      return;
    }
    const content: Unfinished = {
      ...{
        format: FORMAT,
        bundle: bundle.index.digest,
        profile: bundle.content.profile,
        trainings,
      },
    };
    const text = JSON.stringify(content);
    if (text === written) return;
    writeAtomic(path, JSON.stringify(content, null, 1) + "\n");
    written = text;
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

/** The file beside results, if there is one. */
export function readUnfinished(folder: string): Unfinished | undefined {
  const found = readJson<Unfinished>(join(folder, UNFINISHED));
  return found?.format === FORMAT ? found : undefined;
}

/** How far a training has come, for people. */
export function unfinishedLine({ cell, epoch, history, parameters }: UnfinishedTraining): string {
  const { epochs } = parameters.recipe as { epochs: number };
  const last = history[history.length - 1];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return `${cell} after epoch ${epoch} of ${epochs}: loss ${last.train_loss.toFixed(3)}, clean ${
    percent(last.clean_accuracy)
  }, PGD-10 ${percent(last.pgd10_accuracy)}`;
}
