/** How much numbers may differ, as `verify` and `adopt` are told. @module */
import type { Tolerance } from "../../pipeline/store/comparison.ts";
import type { Option } from "./help.ts";
import { type Options, UsageError } from "./options.ts";

/** The options that name a tolerance. */
export const TOLERANCES = ["absolute", "relative"] as const;

/** These options for help texts. */
export const toleranceOptions = ({ absolute, relative }: Tolerance): readonly Option[] => [
  ["--absolute X", `a number may differ by X + Y * |recorded| (default: ${absolute})`],
  ["--relative Y", `(default: ${relative})`],
];

/**
 * The tolerance that a command line asks for.
 *
 * @throws {UsageError} If one is no number, or below 0
 */
export function readTolerance({ values }: Options, standard: Tolerance): Tolerance {
  const read = (name: keyof Tolerance) => {
    const value = Number(values[name] ?? standard[name]);
    if (Number.isFinite(value) && value >= 0) return value;
    throw new UsageError(`Cannot use "--${name} ${values[name]}": expected a number, at least 0`);
  };
  return { absolute: read("absolute"), relative: read("relative") };
}
