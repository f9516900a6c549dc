/** One model in several engines. @module */
import type { Victim } from "./victim.ts";

/**
 * Victims of the same model and block size as one that evaluates as many blocks at the same time.
 * A block goes to the victim that has fewest; it does not matter which, since all compute the same.
 *
 * @throws {RangeError} If there are none, or their block sizes differ
 */
export function poolVictims(victims: readonly Victim[]): Victim {
  const [first] = victims;
  if (!first || victims.some(({ batchSize }) => batchSize !== first.batchSize)) {
    throw new RangeError(
      `Cannot pool victims of block sizes ${
        victims.map(({ batchSize }) => batchSize).join(", ") || "none"
      }: expected the same of each`,
    );
  }
  const blocks = victims.map(() => 0);
  return {
    classes: first.classes,
    image: first.image,
    batchSize: first.batchSize,
    parallel: victims.length,
    sizes: first.sizes,
    load: (weights) => victims.forEach((victim) => victim.load(weights)),
    async evaluate(requests, size) {
      const chosen = blocks.indexOf(Math.min(...blocks));
      blocks[chosen]++;
      try {
        return await victims[chosen].evaluate(requests, size);
      } finally {
        blocks[chosen]--;
      }
    },
    [Symbol.dispose]: () => victims.forEach((victim) => victim[Symbol.dispose]()),
  };
}
