/**
 * A data folder whose batches are JPEG files (`data_batch_1.jpegs` …): its batches are decoded to
 * the official binary layout once, and are then as any others. What is made of a file is kept under
 * the SHA-256 of the file, so that an edited one is decoded anew.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { DataError, type DataFolder, readDataFolder, sortBatches, type Wanted } from "./batches.ts";
import { decodeJpegs } from "./jpegs.ts";

const JPEGS = /^(?:data_batch_\d+|test_batch)\b.*\.jpegs$/;
const BINARY = /^(?:data_batch_\d+|test_batch)\b.*\.bin$/;

/** Where decoded batches are kept, and who is told that it takes a while. */
export interface Decoding {
  /** Made where it is not there; losing it costs time only. */
  readonly cache: string;
  /** Told once, before the first batch is decoded. */
  readonly onDecode: (text: string) => void;
}

/** Whether a file's name is that of a batch of JPEG files. */
export const isJpegs = (name: string) => JPEGS.test(name);

/**
 * Reads a data folder as {@linkcode readDataFolder} does, and decodes its batches where it has JPEG
 * files and no batch of the binary version: `data_batch_1.jpegs` is then `data_batch_1.bin`.
 *
 * @throws {DataError} If there is no such folder, or its batches cannot be used
 */
export function readImages(path: string, wanted: Wanted, decoding: Decoding): DataFolder {
  const names = namesIn(path);
  if (names.some((name) => BINARY.test(name)) || !names.some(isJpegs)) {
    return readDataFolder(path, wanted);
  }
  const byBinary = new Map(
    names.filter(isJpegs).sort().map((name) => [name.replace(/\.jpegs$/, ".bin"), name]),
  );
  const place = `the data folder "${path}"`;
  let sorted;
  try {
    sorted = wanted === "all" ? sortBatches([...byBinary.keys()], place) : undefined;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(error.message.replaceAll(".bin", ".jpegs"), { cause: error });
  }
  const taken = sorted === undefined
    ? testBatches(byBinary, place)
    : [...sorted.train, sorted.test];
  const files: Record<string, string> = {};
  let told = false;
  for (const name of taken.sort()) {
    files[name] = decodeFile(join(path, byBinary.get(name)!), decoding.cache, () => {
      if (!told) decoding.onDecode(`Decoding the JPEG files in "${path}" (once)`);
      told = true;
    });
  }
  return { folder: path, files };
}

/** The one test batch; training batches may be missing. */
function testBatches(byBinary: ReadonlyMap<string, string>, place: string): string[] {
  const found = [...byBinary.keys()].filter((name) => name.startsWith("test_batch"));
  if (found.length === 1) return found;
  throw new DataError(
    `Cannot read ${place}: it has ${found.length} test batches (test_batch….jpegs), expected one`,
  );
}

/**
 * Decodes a batch of JPEG files, unless that was done before.
 *
 * @param cache Folder of what was decoded
 * @param onDecode Called before it is decoded
 * @returns Path of the batch in the official binary layout
 * @throws {DataError} If the file cannot be read or is damaged
 */
export function decodeFile(path: string, cache: string, onDecode: () => void): string {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    throw new DataError(`Cannot read the data file "${path}": ${(error as Error).message}`, {
      cause: error,
    });
  }
  const decoded = join(cache, `${createHash("sha256").update(bytes).digest("hex")}.bin`);
  if (isThere(decoded)) return decoded;
  onDecode();
  let records;
  try {
    records = decodeJpegs(bytes, path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DataError(error.message, { cause: error });
  }
  Deno.mkdirSync(dirname(decoded), { recursive: true });
  const temporary = `${decoded}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    Deno.writeFileSync(temporary, records, { createNew: true, mode: 0o444 });
    Deno.renameSync(temporary, decoded);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was not made; why says the other error.
    }
    throw error;
  }
  return decoded;
}

/** Names in a folder; none where it cannot be read, which its reader says. */
function namesIn(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch {
    return [];
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
