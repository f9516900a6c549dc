/**
 * Values made from whole numbers alone, the twin of `hashed` in `tests/golden/make.py`: both sides
 * of a golden comparison start from the same float32 numbers without storing them.
 *
 * @module
 */

/**
 * Numbers in [low, high), element i a function of `name` and i alone.
 *
 * @param shape Its product is the count of numbers
 */
export function hashed(
  name: string,
  shape: readonly number[],
  low: number,
  high: number,
): Float32Array<ArrayBuffer> {
  let salt = 2166136261; // FNV-1a of the name
  for (const byte of new TextEncoder().encode(name)) salt = Math.imul(salt ^ byte, 16777619) >>> 0;
  const out = new Float32Array(shape.reduce((product, n) => product * n, 1));
  for (let i = 0; i < out.length; i++) {
    let h = (Math.imul(i, 2654435761) + salt) >>> 0; // then MurmurHash3's finaliser
    h = Math.imul(h ^ (h >>> 16), 0x85EBCA6B) >>> 0;
    h = Math.imul(h ^ (h >>> 13), 0xC2B2AE35) >>> 0;
    h = (h ^ (h >>> 16)) >>> 8;
    out[i] = low + (high - low) * (h / 2 ** 24);
  }
  return out;
}
