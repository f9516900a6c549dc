/**
 * Compares the numbers of two files of one kind: what was recorded, and what came out again.
 *
 * @module
 */
import { canonicalJson, type Json } from "../store/canonical.ts";
import type { Comparison, LargestDifference, Tolerance } from "../store/comparison.ts";

/** The numbers of a file by name, and everything else of it as a text. */
export interface NumericContent {
  readonly numbers: ReadonlyMap<string, ArrayLike<number | bigint>>;
  /** What must be the same: names, shapes, texts. */
  readonly rest: string;
  /** How many values the rest has, such as texts; 0 by default. */
  readonly others?: number;
}

/** Reads a file's numbers. */
export type NumberReader = (bytes: Uint8Array) => NumericContent;

/** What is allowed where nothing else is asked for. */
export const TOLERANCE: Tolerance = { absolute: 1e-6, relative: 1e-4 };

/**
 * Compares two files.
 *
 * @param read Reads their numbers; without it only equal bytes are equal
 */
export function compareFiles(
  recorded: Uint8Array,
  again: Uint8Array,
  tolerance: Tolerance,
  read?: NumberReader,
): Comparison {
  const at = firstDifferentByte(recorded, again);
  if (at === undefined) return { kind: "identical" };
  if (read === undefined) return { kind: "different", text: `bytes differ from offset ${at} on` };
  let before, after;
  try {
    [before, after] = [read(recorded), read(again)];
  } catch (error) {
    return { kind: "different", text: `no numbers could be read: ${(error as Error).message}` };
  }
  if (before.rest !== after.rest) {
    return { kind: "different", text: "names, shapes or texts differ, not numbers alone" };
  }
  let largest: LargestDifference | undefined, worst = 0, differing = 0, outside = 0, total = 0;
  for (const [name, values] of before.numbers) {
    const others = after.numbers.get(name);
    if (others?.length !== values.length) {
      return { kind: "different", text: `${name} has another number of elements` };
    }
    total += values.length;
    for (let index = 0; index < values.length; index++) {
      if (Object.is(values[index], others[index])) continue;
      differing++;
      const was = Number(values[index]), is = Number(others[index]);
      const difference = Math.abs(is - was);
      const excess = excessOf(was, is, tolerance);
      if (!(excess <= 1)) outside++;
      if (largest === undefined || excess > worst) {
        largest = { name, index, recorded: was, again: is, difference };
        worst = excess;
      }
    }
  }
  if (largest === undefined) {
    return { kind: "different", text: "bytes differ, but no number and no text" };
  }
  const kind = outside === 0 ? "within tolerance" : "different";
  return { kind, largest, differing, outside, total };
}

/** How often the allowed difference a difference is: by more than 1, or NaN, it is too large. */
export function excessOf(recorded: number, again: number, { absolute, relative }: Tolerance) {
  const difference = Math.abs(again - recorded);
  // Where one is not a number, or infinite, no tolerance helps.
  return Number.isFinite(difference)
    ? difference / (absolute + relative * Math.abs(recorded))
    : Infinity;
}

/** How many values a file has of which a difference would be noticed; 1 where none can be read. */
export function countValues(bytes: Uint8Array, read?: NumberReader): number {
  if (read === undefined) return 1;
  const { numbers, others = 0 } = read(bytes);
  return others + [...numbers.values()].reduce((sum, { length }) => sum + length, 0);
}

/** Numbers of a JSON file: `epochs[].loss` holds the numbers of all elements in their order. */
export function jsonNumbers(bytes: Uint8Array): NumericContent {
  const numbers = new Map<string, number[]>();
  let others = 0;
  const collect = (value: Json, path: string): Json => {
    if (typeof value === "number") {
      const name = path === "" ? "value" : path;
      if (!numbers.has(name)) numbers.set(name, []);
      numbers.get(name)!.push(value);
      return 0;
    }
    if (Array.isArray(value)) return value.map((element) => collect(element, `${path}[]`));
    if (typeof value !== "object" || value === null) {
      others++;
      return value;
    }
    return Object.fromEntries(
      Object.keys(value).sort().map((name) => [
        name,
        collect(value[name], path === "" ? name : `${path}.${name}`),
      ]),
    );
  };
  const rest = canonicalJson(collect(JSON.parse(new TextDecoder().decode(bytes)), ""));
  return { numbers, rest, others };
}

/** Offset of the first byte in which two files differ. */
export function firstDifferentByte(a: Uint8Array, b: Uint8Array): number | undefined {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at;
  return a.length === b.length ? undefined : length;
}
