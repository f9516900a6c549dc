/** Finds out what network a file of weights is. @module */
import { basename, extname } from "node:path";
import {
  MAX_HEADER_BYTES,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from "../lib/formats/safetensors_header.ts";
import { type ModelCard, parseCardFields } from "../lib/models/card.ts";
import { type CompleteCard, completeCard } from "../lib/models/complete_card.ts";
import { inferCard, refuseOtherTypes, sortTensors } from "../lib/models/external.ts";
import { fromUser } from "./_context.ts";
import type { EvaluateOptions } from "./_evaluate_options.ts";
import { UsageError } from "./_options.ts";

/** A file of weights and what it is. */
export interface ExternalModel extends CompleteCard {
  readonly path: string;
  /** Where the card's own fields came from, if there is one. */
  readonly cardSource?: string;
}

/**
 * Reads the header of the weights and what card there is.
 *
 * @throws {UsageError} If a file is missing, or what is given does not say what network it is
 * @throws {SyntaxError} If the weights or the card cannot be read
 * @throws {RangeError} If a tensor's name or type, or a field of the card, is not allowed
 */
export function readExternalModel(
  { weights, cardFile, given }: Pick<EvaluateOptions, "weights" | "cardFile" | "given">,
): ExternalModel {
  const path = fromUser(weights), name = basename(path);
  const { tensors, metadata } = existing(path, `the weights "${weights}"`, (path) => header(path));
  refuseOtherTypes(tensors, name);
  const sorted = sortTensors(tensors, name);
  const found = readCard(path, cardFile, metadata);
  const buffers = Object.fromEntries(
    Object.entries(sorted.buffers).map(([field, entry]) => [field, [...floats(path, entry)]]),
  ) as Partial<Pick<ModelCard, "mean" | "std">>;
  try {
    return {
      path,
      cardSource: found?.source,
      ...completeCard({
        given,
        card: found?.card ?? {},
        inferred: inferCard(sorted.weights),
        buffers,
      }, name),
    };
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** The card that is named, or lies beside the weights, or is in them. */
function readCard(
  path: string,
  named: string | undefined,
  metadata: Readonly<Record<string, string>>,
): { card: Partial<ModelCard>; source: string } | undefined {
  const read = (path: string, source: string) => ({
    card: parseCardFields(Deno.readTextFileSync(path), source),
    source,
  });
  if (named !== undefined) {
    return existing(fromUser(named), `the model card "${named}"`, (path) => read(path, named));
  }
  const beside = `${path.slice(0, path.length - extname(path).length)}.card.json`;
  try {
    return read(beside, basename(beside));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (metadata.card === undefined) return undefined;
  const source = `metadata of ${basename(path)}`;
  return { card: parseCardFields(metadata.card, source), source };
}

/** Does something with a file that must be there. */
function existing<T>(path: string, what: string, use: (path: string) => T): T {
  try {
    if (Deno.statSync(path).isFile) return use(path);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new UsageError(`Cannot read ${what}: it is not allowed`, { cause: error });
    }
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
  }
  throw new UsageError(`Cannot read ${what}: there is no such file`);
}

function header(path: string): SafetensorsHeader {
  const name = basename(path);
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  const start = bytesAt(file, 0, Math.min(8, size));
  const length = size < 8 ? 0 : Number(new DataView(start.buffer).getBigUint64(0, true));
  const whole = length <= Math.min(size - 8, MAX_HEADER_BYTES);
  return parseSafetensorsHeader(whole ? bytesAt(file, 0, 8 + length) : start, name, size);
}

function floats(path: string, { begin, end }: TensorEntry): Float32Array {
  using file = Deno.openSync(path);
  return new Float32Array(bytesAt(file, begin, end).buffer);
}

function bytesAt(file: Deno.FsFile, begin: number, end: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(end - begin);
  file.seekSync(begin, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) break; // shortened meanwhile: the zeros that remain fail later checks
    at += count;
  }
  return bytes;
}
