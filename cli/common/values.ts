/** Reads what options say. @module */
import { isWithin, type Limits, limitsText } from "../../lib/schema.ts";
import { alike, nearest } from "../../pipeline/cells/nearest.ts";
import { parseDuration, parseSize } from "../../pipeline/units.ts";
import { UsageError } from "./flags.ts";

/** Refuses an option's value. */
export function refuse(option: string, text: string, expected: string): never {
  throw new UsageError(`Cannot use "--${option} ${text}": expected ${expected}`);
}

/**
 * Reads one of some words.
 *
 * @throws {UsageError} If it is none of them
 */
export function readWord<Word extends string>(
  option: string,
  text: string,
  words: readonly Word[],
): Word {
  return words.find((word) => word === text) ??
    refuse(option, text, `${words.join(", ")}${suggestion(text, words)}`);
}

/**
 * Reads a word that is no option's value.
 *
 * @param what What it is, for the error
 * @throws {UsageError} If it is none of some words
 */
export function readWordArgument<Word extends string>(
  what: string,
  text: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot use the ${what} "${text}": expected ${words.join(", ")}${suggestion(text, words)}`,
  );
}

/** `; did you mean "…"?`, where one of some words is so alike that it may have been meant. */
export function suggestion(text: string | undefined, words: readonly string[]): string {
  if (text === undefined) return "";
  const [best] = nearest(text, words.filter((word) => alike(text, word)), 1);
  return best === undefined ? "" : `; did you mean "${best}"?`;
}

/**
 * Reads a whole number.
 *
 * @throws {UsageError} If it is none, or not within the limits
 */
export function readWhole(option: string, text: string, limits: Limits): number {
  const within = /^\d+$/.test(text) && isWithin(Number(text), limits);
  return within ? Number(text) : refuse(option, text, limitsText({ ...limits, integer: true }));
}

/**
 * Reads a duration such as `25m` or `30d`, as seconds.
 *
 * @throws {UsageError} If it is none
 */
export function readDuration(option: string, text: string): number {
  return parseDuration(text) ?? refuse(option, text, "a duration such as 90s, 25m, 1h30m or 30d");
}

/**
 * Reads a size such as `48M` or `1.5G`, in powers of ten, as bytes.
 *
 * @throws {UsageError} If it is not one of at least 1 kB
 */
export function readSize(option: string, text: string): number {
  const bytes = parseSize(text) ?? 0;
  return bytes >= 1000 ? bytes : refuse(option, text, "a size such as 48M or 1.5G");
}
