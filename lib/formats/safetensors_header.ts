/**
 * The header of a safetensors file: names, types, shapes and places of its tensors, all of which must
 * account for the whole file.
 *
 * @example
 * ```ts
 * import { encodeSafetensors } from "./safetensors.ts";
 * import { parseSafetensorsHeader } from "./safetensors_header.ts";
 * const bytes = encodeSafetensors({ b: { dtype: "F32", shape: [2], data: new Float32Array(2) } });
 * parseSafetensorsHeader(bytes, "model.safetensors").tensors.b.shape; // [2]
 * ```
 *
 * @module
 */

import { messageOf } from "../std/message_of.ts";
import { otherFormat } from "./other_formats.ts";

/** Bytes of one element, by the name of its type in the format. */
export const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
};

/** The key of the header that names no tensor. */
export const METADATA = "__metadata__";

/** A header longer than this is refused, as the format demands. */
export const MAX_HEADER_BYTES = 100_000_000;

/** What the header says of one tensor. */
export interface TensorEntry {
  /** A key of {@linkcode ELEMENT_BYTES}. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte in the file, and the byte after the last. */
  readonly begin: number;
  readonly end: number;
}

/** What {@linkcode parseSafetensorsHeader} returns. */
export interface SafetensorsHeader {
  readonly tensors: Readonly<Record<string, TensorEntry>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Product of a shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether a value can be a size or an offset. */
export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** An error about a file; every text begins alike. */
export function malformed(name: string, problem: string): SyntaxError {
  return new SyntaxError(`Cannot read "${name}": ${problem}`);
}

/**
 * Reads the header of a safetensors file.
 *
 * @param bytes The file, or only its beginning up to the header's end
 * @param name What to call the file in errors
 * @param size Bytes of the whole file
 * @throws {SyntaxError} If the header contradicts the format or the file's size; the message names
 * the file and the tensor, what was expected and what was found
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  name: string,
  size = bytes.length,
): SafetensorsHeader {
  const { header, start } = readJson(bytes, name, size);
  const { [METADATA]: metadata = {}, ...rest } = header;
  if (
    !isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")
  ) {
    throw malformed(name, `"${METADATA}" is not an object of strings`);
  }
  const tensors = Object.entries(rest).map(([tensor, entry]): [string, TensorEntry] => {
    const { begin, end, ...type } = readEntry(entry, name, tensor);
    if (start + end > size) {
      throw malformed(
        name,
        `tensor "${tensor}" ends at byte ${start + end}, but the file has ${size} bytes; it is ` +
          "truncated or its header is wrong",
      );
    }
    return [tensor, { ...type, begin: start + begin, end: start + end }];
  });
  checkSpans(tensors, start, size, name);
  return {
    tensors: Object.fromEntries(tensors),
    metadata: metadata as Record<string, string>,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readJson(
  bytes: Uint8Array,
  name: string,
  size: number,
): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) {
    throw malformed(name, `expected a header length of 8 bytes, found ${size} bytes`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const limit = Math.min(size - 8, MAX_HEADER_BYTES);
  if (length > BigInt(limit)) {
    throw malformed(
      name,
      otherFormat(bytes, name) ??
        `its header claims ${length} bytes, but at most ${limit} are possible; ` +
          "it is truncated or not a safetensors file",
    );
  }
  const start = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)),
    );
  } catch (error) {
    throw malformed(name, `its header is not JSON (${messageOf(error)})`);
  }
  if (!isRecord(header)) throw malformed(name, "its header is not a JSON object");
  return { header, start };
}

/** One entry, its offsets still from the header's end. */
function readEntry(entry: unknown, name: string, tensor: string): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry)
    ? entry
    : {} as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(ELEMENT_BYTES, dtype)) {
    throw malformed(
      name,
      `tensor "${tensor}" has unknown dtype "${dtype}", expected one of ${
        Object.keys(ELEMENT_BYTES).join(", ")
      }`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw malformed(
      name,
      `tensor "${tensor}" has shape ${JSON.stringify(shape)}, expected a list of whole numbers`,
    );
  }
  if (
    !Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) ||
    offsets[0] > offsets[1]
  ) {
    throw malformed(
      name,
      `tensor "${tensor}" has data_offsets ${JSON.stringify(offsets)}, expected [begin, end]`,
    );
  }
  const [begin, end] = offsets as [number, number];
  const expected = elements(shape) * ELEMENT_BYTES[dtype];
  if (end - begin !== expected) {
    throw malformed(
      name,
      `tensor "${tensor}" of dtype ${dtype} and shape [${shape.join(", ")}] expects ${expected} ` +
        `bytes, found ${end - begin}`,
    );
  }
  return { dtype, shape, begin, end };
}

/** Tensors must follow each other without gap or overlap, up to the file's end. */
function checkSpans(
  tensors: readonly (readonly [string, TensorEntry])[],
  start: number,
  size: number,
  name: string,
): void {
  const spans = tensors.toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let expected = start;
  for (const [tensor, { begin, end }] of spans) {
    if (begin !== expected) {
      const problem = begin < expected ? "overlaps the one before" : "leaves a gap before it";
      throw malformed(
        name,
        `tensor "${tensor}" ${problem}: expected it to begin at ${expected - start}, found ${
          begin - start
        }`,
      );
    }
    expected = end;
  }
  if (expected !== size) {
    throw malformed(
      name,
      `its tensors take ${expected - start} bytes, but ${size - start} bytes follow the header`,
    );
  }
}
