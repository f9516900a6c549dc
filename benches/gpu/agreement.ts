/** What one plugin computes, beside what another did. @module */
import type { Engine } from "../../lib/engines/mod.ts";
import {
  attackVerdicts,
  computeAll,
  differences,
  equalVerdicts,
  type Recorded,
} from "../../tests/gpu/agreement.ts";

/** Numbers and verdicts of a plugin. */
export interface Reference {
  readonly numbers: Record<string, Recorded>;
  readonly verdicts: boolean[];
}

/** Computes them all. */
export const compute = async (engine: Engine): Promise<Reference> => ({
  numbers: await computeAll(engine),
  verdicts: await attackVerdicts(engine),
});

/** Compares them: a table, and whether all is within its tolerance. */
export function compareReferences(
  found: Reference,
  wanted: Reference,
): { readonly text: string; readonly good: boolean } {
  const all = differences(found.numbers, wanted.numbers), count = wanted.verdicts.length;
  const equal = wanted.verdicts.filter((robust, i) => robust === found.verdicts[i]).length;
  const enough = equal >= equalVerdicts * count;
  return {
    text: [
      "| step | what | relative difference |",
      "|---|---|---|",
      ...all.map(({ name, kind, difference, good }) =>
        `| ${name} | ${kind} | ${difference.toExponential(1)}${good ? "" : " TOO LARGE"} |`
      ),
      "",
      `${equal} of ${count} verdicts of attacks are equal${enough ? "" : ": TOO FEW"}.`,
    ].join("\n"),
    good: enough && all.every(({ good }) => good),
  };
}
