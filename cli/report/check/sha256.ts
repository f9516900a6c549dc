/**
 * SHA-256 in plain JavaScript (FIPS 180-4): `crypto.subtle` is not there on pages that are opened from a
 * file in some browsers.
 *
 * @module
 */

/** The first 32 bits of the fractional parts of cube or square roots of the first primes. */
function fractions(count: number, root: (prime: number) => number): Uint32Array {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    if (Array.from({ length: n - 2 }, (_, i) => i + 2).every((d) => n % d !== 0)) found.push(n);
  }
  return Uint32Array.from(found, (prime) => (root(prime) % 1) * 2 ** 32);
}

const ROUNDS = fractions(64, Math.cbrt), START = fractions(8, Math.sqrt);

/** Digest of bytes as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  const state = START.slice(), words = new Uint32Array(64);
  const padded = new Uint8Array(64 * Math.ceil((bytes.length % 64 + 9) / 64));
  const whole = bytes.length - bytes.length % 64;
  padded.set(bytes.subarray(whole));
  padded[bytes.length % 64] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, 8n * BigInt(bytes.length));
  for (let at = 0; at < whole; at += 64) digestBlock(state, words, bytes, at);
  for (let at = 0; at < padded.length; at += 64) digestBlock(state, words, padded, at);
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** Section 6.2.2. */
function digestBlock(state: Uint32Array, w: Uint32Array, bytes: Uint8Array, at: number): void {
  for (let t = 0; t < 16; t++, at += 4) {
    w[t] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
  }
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15], y = w[t - 2];
    const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
    const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const one = h + s1 + (e & f ^ ~e & g) + ROUNDS[t] + w[t] | 0;
    const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const two = s0 + (a & b ^ a & c ^ b & c) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, d + one | 0, c, b, a, one + two | 0];
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}
