/** A model that counts what it is asked, for tests. @module */
import type { Evaluator } from "./slopes.ts";

/** The model, and how many points it has evaluated. */
export function counting({ batchSize, evaluate }: Evaluator): Evaluator & { count: () => number } {
  let count = 0;
  return {
    batchSize,
    evaluate(requests) {
      count += requests.length;
      return evaluate(requests);
    },
    count: () => count,
  };
}
