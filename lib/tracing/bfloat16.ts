/** @module */

const float = new Float32Array(1), bits = new Uint32Array(float.buffer);

/** The nearest number with the 8 significant bits of bfloat16, ties to even. */
export function roundToBfloat16(value: number): number {
  float[0] = value;
  if (Number.isNaN(value)) return NaN;
  bits[0] += 0x7FFF + (bits[0] >>> 16 & 1); // infinities have a mantissa of zeros and stay
  bits[0] &= 0xFFFF0000;
  return float[0];
}
