/** What a training that is not finished has measured so far, without its tensors. @module */
import { join } from "node:path";
import { parseSafetensorsHeader } from "../../lib/formats/safetensors_header.ts";
import type { EpochRecord } from "../../lib/training/checkpoint.ts";

/** Bytes of a digest, and of the length of a header. */
const DIGEST_BYTES = 32, LENGTH_BYTES = 8;

/** The origin, which comes after the digest, is one line shorter than this. */
const MAX_ORIGIN_BYTES = 1 << 16;

/** How far a training has come. */
export interface CheckpointHistory {
  /** Epochs that are done. */
  readonly epoch: number;
  /** One record an epoch. */
  readonly history: readonly EpochRecord[];
}

/**
 * Reads the beginning of a training's checkpoint. Its digest is not checked, since its tensors are
 * not read: what goes on from it checks it.
 *
 * @param folder The work folder of the training
 * @returns `undefined` where there is no checkpoint, or its beginning is none
 */
export function readCheckpointHistory(folder: string): CheckpointHistory | undefined {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(join(folder, "checkpoint"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  using open = file;
  const { size } = open.statSync();
  const read = (at: number, count: number) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(count, size - at)));
    open.seekSync(at, Deno.SeekMode.Start);
    let done = 0;
    while (done < bytes.length) {
      const more = open.readSync(bytes.subarray(done));
      if (more === null) break;
      done += more;
    }
    return bytes.subarray(0, done);
  };
  try {
    const newline = read(DIGEST_BYTES, MAX_ORIGIN_BYTES).indexOf(10);
    if (newline < 0) return undefined;
    const start = DIGEST_BYTES + newline + 1, length = read(start, LENGTH_BYTES);
    const header = Number(new DataView(length.buffer, length.byteOffset).getBigUint64(0, true));
    const bytes = read(start, LENGTH_BYTES + header);
    const { metadata } = parseSafetensorsHeader(bytes, "checkpoint", size - start);
    const { epoch, history } = JSON.parse(metadata.training);
    return { epoch, history };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
