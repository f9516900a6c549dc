/** @module */
import type { Limits } from "../lib/schema.ts";

/** The number next to another, up (1) or down (-1). */
function next(value: number, direction: 1 | -1, integer = false): number {
  if (integer) return value + direction;
  if (value === 0) return direction * Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] += BigInt(value > 0 ? direction : -direction);
  return new Float64Array(bits.buffer)[0];
}

/** The lowest and highest number inside of limits, and what lies just outside. */
export function edges({ min, max, above, below, integer }: Limits) {
  return {
    low: min ?? next(above!, 1, integer),
    high: max ?? next(below!, -1, integer),
    outside: [
      min === undefined ? above! : next(min, -1, integer),
      max === undefined ? below! : next(max, 1, integer),
    ],
  };
}
