/** Training state in the work folder, replaced after every epoch, and as an output. @module */
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import type { HostTensor } from "../../lib/models/classifier.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { type Origin, readWorkFile, writeWorkFile } from "../work_file.ts";

const fileName = "checkpoint";

/** What the names of the best model's tensors begin with. */
const BEST = "best/";

/** Raised when what is stored changes its form. */
const form = 1;

/** A state as safetensors, and what is known by then in its metadata. */
export function encodeState(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { tensors: own, epoch, step, history, steps, best } = checkpoint;
  const kept = Object.entries(best?.tensors ?? {}).map(([name, one]) =>
    [BEST + name, one] as const
  );
  const tensors = Object.fromEntries(
    [...Object.entries(own), ...kept].map((
      [name, { shape, data }],
    ) => [name, { dtype: "F32" as const, shape, data }]),
  );
  // without what is undefined
  const training = JSON.stringify({ epoch, step, history, steps, best: best?.epoch });
  return encodeSafetensors(tensors, { training });
}

/**
 * The inverse of {@linkcode encodeState}.
 *
 * @throws {SyntaxError} If the bytes are none
 */
export function decodeState(bytes: Uint8Array<ArrayBuffer>, file: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, file);
  if (metadata.training === undefined) {
    throw new SyntaxError(`Cannot read ${file}: it has no state of a training in its metadata`);
  }
  const { best, ...known } = JSON.parse(metadata.training);
  const all = Object.entries(tensors as unknown as Record<string, HostTensor>);
  const state = all.filter(([name]) => !name.startsWith(BEST));
  if (best === undefined) return { ...known, tensors: Object.fromEntries(state) };
  const kept = all.filter(([name]) => name.startsWith(BEST))
    .map(([name, tensor]) => [name.slice(BEST.length), tensor]);
  return {
    ...known,
    tensors: Object.fromEntries(state),
    best: { epoch: best, tensors: Object.fromEntries(kept) },
  };
}

/** Writes a checkpoint, or a state under a name of its own. */
export async function saveCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  origin: Origin,
  name = fileName,
): Promise<void> {
  await writeWorkFile(join(folder, name), encodeState(checkpoint), { form, ...origin });
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
  name = fileName,
): Promise<Checkpoint | undefined> {
  const bytes = await readWorkFile(join(folder, name), { form, ...origin }, log);
  return bytes && decodeState(bytes, name);
}
