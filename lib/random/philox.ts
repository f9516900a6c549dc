/**
 * Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011), the same on every engine and machine.
 *
 * A {@linkcode Stream} is named by a seed and a path of words ("train:igr:gelu", "crop", 17), so a
 * number depends on what it is for and never on what was drawn before it elsewhere.
 *
 * @example
 * ```ts
 * import { stream } from "./philox.ts";
 * const noise = stream(0n, "attack:pgd50", "start", 3);
 * const u = noise.uniform(); // in [0, 1)
 * ```
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Multipliers of a round. */
export const M0 = 0xD2511F53, M1 = 0xCD9E8D57;
/** What is added to the key's words after a round. */
export const W0 = 0x9E3779B9, W1 = 0xBB67AE85;

/** High 32 bits of the product of two unsigned 32-bit integers. */
function mulhi(a: number, b: number): number {
  const al = a & 0xFFFF, ah = a >>> 16, bl = b & 0xFFFF, bh = b >>> 16;
  const t = al * bl;
  const u = ah * bl + (t >>> 16);
  const v = al * bh + (u & 0xFFFF);
  return (ah * bh + Math.floor(u / 0x10000) + (v / 0x10000 | 0)) >>> 0;
}

/** One block: ten rounds over a counter of four words under a key of two; writes to `out`. */
export function philox4x32(
  out: Uint32Array,
  counter: ArrayLike<number>,
  key: readonly [number, number],
): void {
  let [x0, x1, x2, x3] = [counter[0] >>> 0, counter[1] >>> 0, counter[2] >>> 0, counter[3] >>> 0];
  let k0 = key[0] >>> 0, k1 = key[1] >>> 0;
  for (let round = 0; round < 10; round++) {
    const h0 = mulhi(M0, x0), l0 = Math.imul(M0, x0) >>> 0;
    const h1 = mulhi(M1, x2), l1 = Math.imul(M1, x2) >>> 0;
    x0 = (h1 ^ x1 ^ k0) >>> 0;
    x1 = l1;
    x2 = (h0 ^ x3 ^ k1) >>> 0;
    x3 = l0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/** An endless sequence of random numbers with a name. */
export interface Stream {
  /** Two words of the key, and the two of every counter that say which sequence it counts. */
  readonly origin: readonly [number, number, number, number];
  /** The next 32 random bits, as an unsigned integer. */
  readonly bits: () => number;
  /** The next number in [0, 1), a multiple of 2^-24 (exact in float32). */
  readonly uniform: () => number;
  /** The next integer in [0, n), without modulo bias. */
  readonly integer: (n: number) => number;
  /** The next standard normal number (Box-Muller). */
  readonly normal: () => number;
  /** Fills an array with uniform numbers in [low, high). */
  readonly fill: (array: Float32Array, low: number, high: number) => Float32Array;
  /** A random order of 0 to n - 1 (Fisher-Yates). */
  readonly permutation: (n: number) => Uint32Array;
}

/**
 * The stream of a seed and a path of words.
 *
 * @param seed The global or the cell's seed
 * @param path What the numbers are for, most general first
 */
export const stream = (seed: bigint | number, ...path: (string | number)[]): Stream =>
  streams(seed, ...path)(0);

/**
 * Many streams of one name, told apart by a number from 0 to 2^32 - 1: each holds 2^32 blocks of
 * four words, and is made without hashing the name again.
 */
export function streams(
  seed: bigint | number,
  ...path: (string | number)[]
): (index: number) => Stream {
  const digest = createHash("sha256").update(JSON.stringify([String(seed), ...path])).digest();
  const [k0, k1, c2, c3] = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at));
  return (index) => count([k0, k1], new Uint32Array([0, index, c2, c3]));
}

/** The stream that starts at a counter. */
function count(key: readonly [number, number], counter: Uint32Array): Stream {
  const block = new Uint32Array(4);
  let at = 4;

  function bits(): number {
    if (at === 4) {
      philox4x32(block, counter, key);
      if (++counter[0] === 0) counter[1]++;
      at = 0;
    }
    return block[at++];
  }
  const uniform = () => (bits() >>> 8) / 0x1000000;
  function integer(n: number): number {
    if (!(Number.isInteger(n) && n > 0 && n <= 0x100000000)) {
      throw new RangeError(
        `Cannot draw an integer below ${n}: expected a whole number from 1 to 2^32`,
      );
    }
    const limit = 0x100000000 - 0x100000000 % n;
    let value = bits();
    while (value >= limit) value = bits();
    return value % n;
  }
  return {
    origin: [...key, counter[2], counter[3]],
    bits,
    uniform,
    integer,
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
    fill(array, low, high) {
      for (let i = 0; i < array.length; i++) array[i] = low + (high - low) * uniform();
      return array;
    },
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = integer(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    },
  };
}
