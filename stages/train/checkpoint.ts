/** Training state in the work folder, one file, replaced atomically after every epoch. @module */
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import type { HostTensor } from "../../lib/models/classifier.ts";
import type { Checkpoint } from "../../lib/training/train.ts";

const fileName = "checkpoint.safetensors";

/** Writes a checkpoint: the old one stays whole until the new one is. */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const tensors = Object.fromEntries(
    Object.entries(checkpoint.tensors).map((
      [name, { shape, data }],
    ) => [name, { dtype: "F32" as const, shape, data }]),
  );
  const { epoch, history } = checkpoint;
  const bytes = encodeSafetensors(tensors, { training: JSON.stringify({ epoch, history }) });
  const path = join(folder, fileName), temporary = `${path}.${Deno.pid}`;
  await Deno.writeFile(temporary, bytes);
  await Deno.rename(temporary, path);
}

/** Reads the checkpoint of a folder; `undefined` where there is none that is whole. */
export async function loadCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(join(folder, fileName));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    const { tensors, metadata } = decodeSafetensors(bytes, fileName);
    const { epoch, history } = JSON.parse(metadata.training);
    return { epoch, history, tensors: tensors as unknown as Record<string, HostTensor> };
  } catch {
    return undefined; // a damaged checkpoint costs time, never correctness: start over
  }
}
