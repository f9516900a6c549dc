/** The first value in which two files of one kind differ by more than is allowed. @module */
import type { Tolerance } from "../store/comparison.ts";
import type { Json } from "../store/canonical.ts";
import { excessOf, firstDifferentByte, jsonNumbers, type NumberReader } from "./compare.ts";

/** A value of a file, as recorded and as it came out again; `undefined` where it is not there. */
export interface FirstDifference {
  /** For example `epochs[0].train_loss`, `images[3][1024]` or `byte 17`. */
  readonly name: string;
  readonly recorded: Json | undefined;
  readonly again: Json | undefined;
}

/**
 * Finds the first difference, in the order of the recorded file.
 *
 * @param read Reads the numbers of such files
 */
export function firstDifference(
  recorded: Uint8Array,
  again: Uint8Array,
  tolerance: Tolerance,
  read?: NumberReader,
): FirstDifference | undefined {
  if (read === undefined) return inBytes(recorded, again);
  if (read !== jsonNumbers) return inNumbers(recorded, again, tolerance, read);
  const parse = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
  return inJson("", parse(recorded), parse(again), tolerance);
}

/** A difference for people: file, name, the value now and the value then. */
export function differenceText(
  found:
    | ({ readonly kind: "differs"; readonly file: string } & FirstDifference)
    | { readonly kind: "unreadable"; readonly file: string; readonly text: string },
): string {
  const { file } = found;
  if (found.kind === "unreadable") return `${file} cannot be compared: ${found.text}`;
  const { name, recorded, again } = found;
  return `${file} differs first in ${name || "its value"}: ${shown(again)}, was ${shown(recorded)}`;
}

/** Longest text of a value. */
const SHOWN = 80;

function shown(value: Json | undefined): string {
  if (value === undefined) return "missing";
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

function inBytes(recorded: Uint8Array, again: Uint8Array): FirstDifference | undefined {
  const at = firstDifferentByte(recorded, again);
  if (at === undefined) return undefined;
  return { name: `byte ${at}`, recorded: recorded[at], again: again[at] };
}

function inNumbers(
  recorded: Uint8Array,
  again: Uint8Array,
  tolerance: Tolerance,
  read: NumberReader,
): FirstDifference | undefined {
  const before = read(recorded), after = read(again);
  if (before.rest !== after.rest) {
    return { name: "names and shapes", recorded: before.rest, again: after.rest };
  }
  for (const [name, values] of before.numbers) {
    const others = after.numbers.get(name)!;
    for (let index = 0; index < values.length; index++) {
      const was = Number(values[index]), is = Number(others[index]);
      if (!differ(was, is, tolerance)) continue;
      return { name: `${name}[${index}]`, recorded: was, again: is };
    }
  }
}

function inJson(
  name: string,
  recorded: Json | undefined,
  again: Json | undefined,
  tolerance: Tolerance,
): FirstDifference | undefined {
  if (Array.isArray(recorded) && Array.isArray(again)) {
    const count = Math.max(recorded.length, again.length);
    return first(
      Array.from({ length: count }, (_, at) => at),
      (at) => inJson(`${name}[${at}]`, recorded[at], again[at], tolerance),
    );
  }
  if (isRecord(recorded) && isRecord(again)) {
    return first(
      [...new Set([...Object.keys(recorded), ...Object.keys(again)])],
      (part) =>
        inJson(name === "" ? part : `${name}.${part}`, recorded[part], again[part], tolerance),
    );
  }
  const same = typeof recorded === "number" && typeof again === "number"
    ? !differ(recorded, again, tolerance)
    : recorded === again;
  return same ? undefined : { name, recorded, again };
}

function differ(recorded: number, again: number, tolerance: Tolerance): boolean {
  return !Object.is(recorded, again) && !(excessOf(recorded, again, tolerance) <= 1);
}

function first<Item>(
  items: readonly Item[],
  find: (item: Item) => FirstDifference | undefined,
): FirstDifference | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
}

function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
