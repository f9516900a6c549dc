/**
 * Kendall's rank correlation tau-b (Kendall, "The treatment of ties in ranking problems", 1945): pairs
 * in the same order less pairs in the other, over the geometric mean of the pairs that are no ties in
 * one or in the other.
 *
 * @param one Values of the items
 * @param other Other values of the same items
 * @returns From -1 to 1; `null` where all values of one or of the other are equal
 * @throws {RangeError} If there are not as many
 */
export function kendallTau(one: readonly number[], other: readonly number[]): number | null {
  if (one.length !== other.length) {
    throw new RangeError(
      `Cannot correlate ranks: ${one.length} and ${other.length} values, expected as many`,
    );
  }
  let sum = 0, untied = 0, untiedOther = 0;
  for (let i = 0; i < one.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(one[i] - one[j]), Math.sign(other[i] - other[j])];
      sum += a * b;
      untied += a * a;
      untiedOther += b * b;
    }
  }
  return untied === 0 || untiedOther === 0 ? null : sum / Math.sqrt(untied * untiedOther);
}
