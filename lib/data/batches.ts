/**
 * Finds the batches of CIFAR-10's binary version where a user says that the data is: the one reader
 * of data folders, so that every command accepts the same and says the same.
 *
 * @example
 * ```ts
 * import { sortBatches } from "./batches.ts";
 * const { train, test } = sortBatches(["test_batch.bin", "data_batch_1.bin", "readme.html"]);
 * console.assert(train[0] === "data_batch_1.bin" && test === "test_batch.bin");
 * ```
 *
 * @module
 */
import { join } from "node:path";
import { otherData } from "./other_data.ts";

/** Data that cannot be used as it is; the message says what was found and what to do. */
export class DataError extends Error {
  override name = "DataError";
}

/** Names of a data set's files in the order in which their records count. */
export interface Batches {
  readonly train: readonly string[];
  readonly test: string;
}

/** A folder that has what was asked for. */
export interface DataFolder {
  /** Where the batches lie: the folder that was given, or one in it. */
  readonly folder: string;
  /** Paths of all batches by file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Which batches must be there. */
export type Wanted = "all" | "test";

const TRAIN = /^data_batch_(\d+)\b.*\.bin$/, TEST = /^test_batch\b.*\.bin$/;

/** Folders in which the batches may lie one level deeper: as the archive has them. */
const INNER = "cifar-10-batches-bin";

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(" and ");

/**
 * Sorts files by their names: `data_batch_<number>….bin` are training batches in order of their
 * number, `test_batch….bin` is the test batch; anything else is left alone.
 *
 * @param place What to call the folder in errors
 * @throws {DataError} If a batch is missing or comes twice
 */
export function sortBatches(names: readonly string[], place = "the data folder"): Batches {
  const test = testBatch(names, place);
  const train = new Map<number, string>();
  for (const name of [...names].sort()) {
    const [, digits] = TRAIN.exec(name) ?? [];
    if (digits === undefined) continue;
    const number = Number(digits), other = train.get(number);
    if (other !== undefined) {
      throw new DataError(
        `Cannot read ${place}: ${quoted([other, name])} are both batch ${number}; expected one ` +
          "file a batch; move the other away",
      );
    }
    train.set(number, name);
  }
  if (train.size === 0) {
    throw new DataError(
      `Cannot read ${place}: it has no training batch (data_batch_1….bin), only the test batch ` +
        `"${test}"; add the training batches`,
    );
  }
  const numbers = [...train.keys()].sort((a, b) => a - b);
  const gap = numbers.findIndex((number, i) => number !== i + 1);
  if (gap >= 0) {
    throw new DataError(
      `Cannot read ${place}: batch ${gap + 1} is missing: its training batches are ${
        numbers.join(", ")
      }; expected 1, 2, 3 … without a gap; add what is missing`,
    );
  }
  return { train: numbers.map((number) => train.get(number)!), test };
}

/** The one test batch among names; training batches may be missing. */
function testBatch(names: readonly string[], place: string): string {
  const found = names.filter((name) => TEST.test(name)).sort();
  if (found.length === 0) {
    const others = names.filter((name) => TRAIN.test(name)).sort().slice(0, 3);
    throw new DataError(
      `Cannot read ${place}: it has no test batch (test_batch….bin)${
        others.length === 0 ? "" : `, only ${quoted(others)}`
      }; add test_batch.bin of the same set`,
    );
  }
  if (found.length > 1) {
    throw new DataError(
      `Cannot read ${place}: ${quoted(found)} are both the test batch; expected one file; move ` +
        "the other away",
    );
  }
  return found[0];
}

/**
 * Looks where a user says that the data is. What is no batch is ignored, whatever it is; every
 * batch is a file that this user may read.
 *
 * @param path The folder with the batches, or the folder above `cifar-10-batches-bin`
 * @throws {DataError} If it is none, or the batches in it cannot be used
 */
export function readDataFolder(path: string, wanted: Wanted): DataFolder {
  const names = list(path), inner = join(path, INNER);
  const isBatch = (name: string) => TRAIN.test(name) || TEST.test(name);
  if (!names.some(isBatch) && names.includes(INNER) && isFolder(inner)) {
    return readDataFolder(inner, wanted);
  }
  const batches = names.filter(isBatch), place = `the data folder "${path}"`;
  if (batches.length === 0) throw new DataError(`Cannot read ${place}: ${otherData(path, names)}`);
  const sorted = wanted === "all"
    ? sortBatches(batches, place)
    : { train: [], test: testBatch(batches, place) };
  const files: Record<string, string> = {};
  for (const name of [...sorted.train, sorted.test].sort()) {
    files[name] = join(path, name);
    checkFile(files[name]);
  }
  return { folder: path, files };
}

/** Names in a folder. */
function list(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory && isThere(path)) {
      throw new DataError(`Cannot read the data "${path}": ${otherData(path)}`);
    }
    throw new DataError(`Cannot read the data folder "${path}": ${reason(error)}`, {
      cause: error,
    });
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false; // a part of the path is a file
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false; // a link to nothing, or to what this user may not see, is no folder
  }
}

/** Refuses a batch that cannot be read. */
function checkFile(path: string): void {
  let found: Deno.FileInfo;
  try {
    using file = Deno.openSync(path);
    found = file.statSync();
  } catch (error) {
    const problem = path.includes("\ufffd")
      ? "its name is not UTF-8; rename it"
      : error instanceof Deno.errors.NotFound
      ? "it is a link to a file that is not there; put the file in its place"
      : reason(error);
    throw new DataError(`Cannot read the data file "${path}": ${problem}`, { cause: error });
  }
  if (!found.isFile) {
    throw new DataError(`Cannot read the data file "${path}": it is no file; move it away`);
  }
}

/** What the system has against reading something, in words. */
function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return "there is no such folder";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return 'this user may not read it; mend its permissions with "chmod"';
  }
  return (error as Error).message;
}
