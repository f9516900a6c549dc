/** Help with names that are spelt wrongly. @module */

/** The names most alike to a text, in which `*` stands for any characters, best first. */
export function nearest(text: string, names: readonly string[], count = 3): string[] {
  return names
    .map((name) => ({ name, distance: editDistance(text.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ name }) => name);
}

/** Whether a name is so alike to what was written that it may have been meant. */
export function alike(text: string, name: string): boolean {
  const [a, b] = [text.toLowerCase(), name.toLowerCase()];
  return a !== "" && b.startsWith(a) || editDistance(a, b) <= Math.max(1, Math.floor(b.length / 3));
}

/**
 * Fewest insertions, deletions, substitutions and swaps of neighbours (the optimal string alignment
 * distance; without swaps it is Levenshtein's).
 *
 * @param a A `*` in it stands for any characters, at no cost
 */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column), above: number[] = [];
  for (let i = 1; i <= a.length; i++) {
    const any = a[i - 1] === "*", next = [row[0] + (any ? 0 : 1)];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(
        any
          ? Math.min(row[j], next[j - 1])
          : Math.min(substituted, row[j] + 1, next[j - 1] + 1, swap ? above[j - 2] + 1 : Infinity),
      );
    }
    [above, row] = [row, next];
  }
  return row[b.length];
}
