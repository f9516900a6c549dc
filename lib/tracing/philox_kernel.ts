/** @module */
import { M0, M1, W0, W1 } from "../random/philox.ts";
import type { Builder } from "./builder.ts";
import type { BinaryOp, Node } from "./graph.ts";
import type { Kernel } from "./kernel.ts";

/**
 * Philox4x32-10 on many counters at once (see `lib/random/philox.ts`): 32 random bits a result.
 *
 * Input `origin`: int32 `[5]`, a stream's origin and the first counter's lowest word, all as bits.
 * Attribute `blocks`: how many counters. The result is uniform in [-1, 1), `[blocks, 4]`: the
 * multiples of 2^-23 that `fill(array, -1, 1)` of the stream draws.
 */
export const philoxKernel: Kernel = (b, { origin }, { blocks }) => {
  const shape = [blocks], ops = words(b, shape), { add, multiply, xor, and, shift, word } = ops;
  const bits = b.make({ kind: "bitcast_convert" }, [origin], origin.shape, "uint32");
  const given = (i: number) => b.broadcastTo(b.reshape(b.slice(bits, [i], [1]), []), shape);
  /** High word of the product of a constant and a word, by their halves. */
  const high = (constant: number, x: Node) => {
    const [al, ah] = [word(constant & 0xFFFF), word(constant >>> 16)];
    const [bl, bh] = [and(x, word(0xFFFF)), shift(x, 16)];
    const u = add(multiply(ah, bl), shift(multiply(al, bl), 16));
    const v = add(multiply(al, bh), and(u, word(0xFFFF)));
    return add(add(multiply(ah, bh), shift(u, 16)), shift(v, 16));
  };
  let [k0, k1] = [given(0), given(1)];
  let x = [add(given(4), b.iota(0, shape, "uint32")), word(0), given(2), given(3)];
  for (let round = 0; round < 10; round++) {
    const [h0, h1] = [high(M0, x[0]), high(M1, x[2])];
    const [l0, l1] = [multiply(word(M0), x[0]), multiply(word(M1), x[2])];
    x = [xor(xor(h1, x[1]), k0), l1, xor(xor(h0, x[3]), k1), l0];
    k0 = add(k0, word(W0));
    k1 = add(k1, word(W1));
  }
  // merged with the interleaving, a CPU would go through all rounds for every single number: 15 times
  // as long
  const column = (part: Node) =>
    b.make({ kind: "optimization_barrier" }, [b.reshape(part, [blocks, 1])], [blocks, 1], "uint32");
  const all = b.concatenate(x.map(column), 1);
  const upper = b.binary("shift_right_logical", all, b.splat(8, all.shape, "uint32"));
  const share = b.binary(
    "multiply",
    b.convert(upper, "float32"), // 24 bits: exact, as are the two operations on it
    b.splat(2 ** -23, all.shape, "float32"),
  );
  return b.binary("subtract", share, b.splat(1, all.shape, "float32"));
};

/** Operations on unsigned words. */
function words(b: Builder, shape: readonly number[]) {
  const of = (op: BinaryOp) => (x: Node, y: Node) => b.binary(op, x, y);
  const word = (value: number) => b.splat(value >>> 0, shape, "uint32");
  return {
    word,
    add: of("add"),
    multiply: of("multiply"),
    xor: of("xor"),
    and: of("and"),
    shift: (x: Node, bits: number) => b.binary("shift_right_logical", x, word(bits)),
  };
}
