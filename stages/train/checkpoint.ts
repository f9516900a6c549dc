/** Training state in the work folder, replaced after every epoch. @module */
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import type { HostTensor } from "../../lib/models/classifier.ts";
import type { Checkpoint } from "../../lib/training/train.ts";
import { type Origin, readWorkFile, writeWorkFile } from "../work_file.ts";

const fileName = "checkpoint";

/** What the names of the best model's tensors begin with. */
const BEST = "best/";

/** Raised when what is stored changes its form. */
const form = 1;

/** Writes a checkpoint. */
export async function saveCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  origin: Origin,
): Promise<void> {
  const { epoch, history, best } = checkpoint;
  const kept = Object.entries(best?.tensors ?? {}).map(([name, one]) =>
    [BEST + name, one] as const
  );
  const tensors = Object.fromEntries(
    [...Object.entries(checkpoint.tensors), ...kept].map((
      [name, { shape, data }],
    ) => [name, { dtype: "F32" as const, shape, data }]),
  );
  // without what is undefined
  const training = JSON.stringify({ epoch, history, best: best?.epoch });
  const bytes = encodeSafetensors(tensors, { training });
  await writeWorkFile(join(folder, fileName), bytes, { form, ...origin });
}

/**
 * Reads the checkpoint of a folder.
 *
 * @param log Told, once, why a checkpoint is not gone on with
 * @returns `undefined` where there is none, or none of this origin that is whole
 */
export async function loadCheckpoint(
  folder: string,
  origin: Origin,
  log: (text: string) => void,
): Promise<Checkpoint | undefined> {
  const bytes = await readWorkFile(join(folder, fileName), { form, ...origin }, log);
  if (!bytes) return undefined;
  const { tensors, metadata } = decodeSafetensors(bytes, fileName);
  const { epoch, history, best } = JSON.parse(metadata.training);
  const all = Object.entries(tensors as unknown as Record<string, HostTensor>);
  const state = all.filter(([name]) => !name.startsWith(BEST));
  if (best === undefined) return { epoch, history, tensors: Object.fromEntries(state) };
  const kept = all.filter(([name]) => name.startsWith(BEST))
    .map(([name, tensor]) => [name.slice(BEST.length), tensor]);
  return {
    ...{ epoch, history, tensors: Object.fromEntries(state) },
    best: { epoch: best, tensors: Object.fromEntries(kept) },
  };
}
