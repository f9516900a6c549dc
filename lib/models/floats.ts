/** Numbers as float32 tells them apart. @module */

/** Whether two numbers are the same in float32. */
export const sameFloat = (a: number, b: number): boolean => Math.fround(a) === Math.fround(b);

/** The shortest decimal that is the same in float32: 0.4914 for 0.49140000343322754. */
export function shortestFloat(value: number, same = sameFloat): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (same(short, value)) return short;
  }
  return value;
}
