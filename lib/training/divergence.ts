/** A training that came to values that are not finite. @module */
import type { Objective } from "./method.ts";
import type { EpochRecord } from "./checkpoint.ts";

/** Training came to values that are not finite. */
export class DivergenceError extends Error {
  override name = "DivergenceError";
}

/**
 * Holds an epoch's values to be finite.
 *
 * @param last The epoch before
 * @throws {DivergenceError} If one is not
 */
export function checkFinite(
  { strength }: Objective,
  record: EpochRecord,
  last: EpochRecord | undefined,
): void {
  const bad = Object.entries(record).filter(([, value]) => !Number.isFinite(value));
  if (bad.length === 0) return;
  const before = last
    ? `; last finite values, after epoch ${last.epoch}: training loss ${
      last.train_loss.toPrecision(4)
    }, input gradient norm ${last.input_gradient_norm.toPrecision(4)}, clean accuracy ${
      (100 * last.clean_accuracy).toFixed(1)
    } %`
    : "; no epoch before it finished";
  throw new DivergenceError(
    `Training diverged in epoch ${record.epoch}: ${
      bad.map(([name, value]) => `${name} is ${value}`).join(", ")
    }${before}; lower recipe.schedule.learning_rate${strength ? ` or ${strength}` : ""}`,
  );
}
