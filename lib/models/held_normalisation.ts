/** The normalisation that tensors of a file hold. @module */
import type { ModelCard, ModelRules } from "./card.ts";
import { cardFieldProblem } from "./card_fields.ts";
import { sameFloat, shortestFloat } from "./floats.ts";

/**
 * The normalisation that a file holds, for pixels in [0, 1].
 *
 * Values for pixels 0 to 255 count if someone says so, by giving them divided by 255.
 */
export function heldNormalisation(
  buffers: Partial<Pick<ModelCard, "mean" | "std">>,
  rules: ModelRules,
  says: (field: "mean" | "std") => unknown,
  fail: (detail: string) => never,
) {
  const for255 = Object.values(buffers).some((held) => held.some((value) => value > 1));
  // a quotient of float32 values may be two units off in its last place
  const same = (a: number, b: number) =>
    for255 ? Math.abs(a - b) <= 2 ** -22 * Math.abs(b) : sameFloat(a, b);
  const entries = (["mean", "std"] as const).filter((field) => buffers[field] !== undefined)
    .map((field) =>
      [
        field,
        buffers[field]!.map((value) =>
          for255 ? shortestFloat(value / 255, same) : shortestFloat(value)
        ),
      ] as const
    );
  for (const [field, held] of entries) {
    const expected = cardFieldProblem(field, held, rules);
    if (expected !== undefined) {
      fail(
        `the file holds ${field} ${
          buffers[field]!.map((value) => shortestFloat(value)).join(",")
        }, expected ${expected}`,
      );
    }
  }
  if (for255 && entries.some(([field]) => says(field) === undefined)) {
    const held = entries.map(([field]) =>
      `${field} ${buffers[field]!.map((value) => shortestFloat(value)).join(",")}`
    );
    fail(
      `the file holds ${held.join(" and ")}, which are for pixels 0 to 255; pixels in [0, 1] ` +
        `need them divided by 255: add ${
          entries.map(([field, values]) => `--${field} ${values.join(",")}`).join(" ")
        }`,
    );
  }
  return { entries, same, for255 };
}
