/** One model in several engines. @module */
import type { Victim } from "../victim/victim.ts";

/**
 * Victims of the same model and block size as one that evaluates as many blocks at the same time.
 * A block goes to the victim that has fewest, of those to the one that was given none for longest, so
 * that blocks which are answered in order keep all at work. It does not matter which, since all
 * compute the same.
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
  /** What each has, and the victims in the order in which they were last given something. */
  const blocks = new Map(victims.map((victim) => [victim, 0]));
  return {
    classes: first.classes,
    image: first.image,
    batchSize: first.batchSize,
    parallel: victims.length,
    sizes: first.sizes,
    get patience() {
      const each = first.patience; // each compiles its own
      return each && {
        gradient: victims.length * each.gradient,
        logits: victims.length * each.logits,
      };
    },
    get overhead() {
      return first.overhead;
    },
    load: (weights) => victims.forEach((victim) => victim.load(weights)),
    async evaluate(requests, size) {
      const fewest = Math.min(...blocks.values());
      const [chosen, count] = [...blocks].find(([, count]) => count === fewest)!;
      blocks.delete(chosen); // comes last again
      blocks.set(chosen, count + 1);
      try {
        return await chosen.evaluate(requests, size);
      } finally {
        blocks.set(chosen, blocks.get(chosen)! - 1);
      }
    },
    [Symbol.dispose]: () => victims.forEach((victim) => victim[Symbol.dispose]()),
  };
}
