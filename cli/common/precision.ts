/** @module */
import { type Assessment, isFresh } from "../../pipeline/freshness/assess.ts";
import { type Options, UsageError } from "./options.ts";

/**
 * Refuses to compute in bfloat16 with an engine that has none, before the cells before are paid for.
 *
 * @throws {UsageError} If a stale cell would
 */
export function checkPrecision(
  engine: Options["engine"],
  assessments: readonly Assessment[],
): void {
  if (engine.startsWith("pjrt")) return;
  for (const assessment of assessments) {
    const { id, parameters } = assessment.cell;
    const { recipe, search_precision } = parameters as {
      recipe?: { precision?: string };
      search_precision?: string;
    };
    const key = recipe?.precision === "bf16"
      ? "recipe.precision"
      : search_precision === "bf16"
      ? "search precision"
      : undefined;
    if (key === undefined || isFresh(assessment)) continue;
    throw new UsageError(
      `Cannot compute ${id} with "--engine ${engine}": its ${key} is bf16, which only pjrt ` +
        "computes in; choose --engine pjrt, or the precision f32",
    );
  }
}
