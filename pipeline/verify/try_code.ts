/** Compares what new code left of a cell's work, or of its beginning, with what was recorded. @module */
import type { Tolerance } from "../store/comparison.ts";
import { extname } from "node:path";
import type { FinishedWork, Trial } from "../cells/stage.ts";
import type { TrialRecord } from "../store/adoption.ts";
import { compareFiles, countValues, excessOf, jsonNumbers, type NumberReader } from "./compare.ts";
import { type FirstDifference, firstDifference } from "./first_difference.ts";

/** How outputs are compared. */
export interface CompareOptions {
  readonly tolerance: Tolerance;
  /** Readers of numbers by file extension, for example `.safetensors`; `.json` is known. */
  readonly readers?: Readonly<Record<string, NumberReader>>;
}

/** How what was recorded and what the new code left compare. */
export type TrialVerdict =
  | ({ readonly kind: "agrees" } & Pick<TrialRecord, "compared" | "differing" | "largest">)
  | ({ readonly kind: "differs"; readonly file: string } & FirstDifference)
  /** A file that cannot be read as the stage writes it. */
  | { readonly kind: "unreadable"; readonly file: string; readonly text: string };

/**
 * Compares outputs.
 *
 * @param trial The part of the work that was done; all of it if left out
 */
export function compareTrial(
  recorded: FinishedWork,
  again: FinishedWork,
  names: readonly string[],
  trial: Trial | undefined,
  { tolerance, readers }: CompareOptions,
): TrialVerdict {
  const known: Readonly<Record<string, NumberReader>> = { ".json": jsonNumbers, ...readers };
  const parts = trial?.parts ??
    Object.fromEntries(names.map((name) => [name, (bytes: Uint8Array) => bytes]));
  let compared = 0, differing = 0, largest: TrialRecord["largest"];
  const excess = (one: TrialRecord["largest"]) =>
    one === undefined ? -1 : excessOf(one.recorded, one.again, tolerance);
  for (const [file, part] of Object.entries(parts)) {
    const read = known[extname(file)];
    try {
      const before = part(recorded.output(file)), now = part(again.output(file));
      const comparison = compareFiles(before, now, tolerance, read);
      if (comparison.kind === "different") {
        const first = firstDifference(before, now, tolerance, read);
        if (first !== undefined) return { kind: "differs", file, ...first };
        const text = "text" in comparison ? comparison.text : "it differs";
        return { kind: "unreadable", file, text };
      }
      compared += countValues(before, read);
      if (comparison.kind === "identical") continue;
      differing += comparison.differing;
      const here = { ...comparison.largest, file };
      if (excess(here) > excess(largest)) largest = here;
    } catch (error) {
      return { kind: "unreadable", file, text: (error as Error).message };
    }
  }
  return { kind: "agrees", compared, differing, ...largest === undefined ? {} : { largest } };
}
