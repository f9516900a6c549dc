/** Which guesses are worth evaluating beside the requests that lanes make for sure. @module */

/** A block that is filled up with guesses. */
export interface FilledBlock {
  /** Rows that are worth computing, the lanes' own included. */
  readonly rows: number;
  /** The lane of each guess, the likeliest guess first; as many of them as there are rows to fill. */
  readonly order: readonly number[];
}

/**
 * Chooses how far to fill a block: of all sizes the one in which most requests come true for what it
 * costs. Where a block costs little besides its rows, a guess is worth its row only if it is about as
 * certain as what is asked for sure.
 *
 * @param chances Of each lane, how likely its next guesses are to come true, falling
 * @param sizes Rows that can be computed, rising
 * @param overhead What a block costs besides its rows, in rows
 */
export function fillWithGuesses(
  chances: readonly (readonly number[])[],
  sizes: readonly number[],
  overhead: number,
): FilledBlock {
  const own = chances.length, deepest = Math.max(0, ...chances.map(({ length }) => length));
  // by depth first: the sort keeps the order of equals, and no guess may come before an earlier one
  const guesses = Array.from(
    { length: deepest },
    (_, depth) =>
      chances.flatMap((chance, lane) =>
        depth < chance.length ? [{ lane, chance: chance[depth] }] : []
      ),
  ).flat().sort((a, b) => b.chance - a.chance);
  let rows = own, best = 0, coming = own, filled = own;
  for (const size of sizes) {
    if (size < own) continue;
    for (; filled < size && filled - own < guesses.length; filled++) {
      coming += guesses[filled - own].chance;
    }
    const worth = coming / (overhead + size);
    if (worth > best) [rows, best] = [filled, worth];
  }
  return { rows, order: guesses.map(({ lane }) => lane) };
}
