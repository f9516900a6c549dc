/** Values that the commands on bundles share. @module */
import { UsageError } from "../common/options.ts";

/**
 * Reads a size such as `48M` or `1.5G`, in powers of ten, as bytes.
 *
 * @throws {UsageError} If it is not one of at least 1 kB
 */
export function parseSize(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([kKMG]?)B?$/.exec(text) ?? [];
  const power = { "": 0, k: 1, K: 1, M: 2, G: 3 }[unit ?? ""]!;
  const bytes = Math.floor(Number(number) * 1000 ** power);
  if (bytes >= 1000) return bytes;
  throw new UsageError(`Cannot use "${option} ${text}": expected a size such as 48M or 1.5G`);
}

/**
 * Reads a whole number of at least `least`.
 *
 * @throws {UsageError} If it is not one
 */
export function parseCount(option: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number < 10_000) return number;
  throw new UsageError(
    `Cannot use "${option} ${text}": expected a whole number, at least ${least}`,
  );
}
