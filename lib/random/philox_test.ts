import { assert, assertEquals } from "@std/assert";
import { philox4x32, stream } from "./philox.ts";

const hex = (words: ArrayLike<number>) => Array.from(words, (w) => w.toString(16).padStart(8, "0"));

// Known answers of Random123's kat_vectors for philox4x32 with ten rounds.
for (
  const [counter, key, expected] of [
    [[0, 0, 0, 0], [0, 0], ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      ["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      ["d16cfe09", "94fdcceb", "5001e420", "24126ea1"],
    ],
  ] as [number[], [number, number], string[]][]
) {
  Deno.test(`philox4x32() gives the published words for counter ${hex(counter)}`, () => {
    const out = new Uint32Array(4);
    philox4x32(out, counter, key);
    assertEquals(hex(out), expected);
  });
}

Deno.test("stream() depends on every word of its path and on nothing else", () => {
  const draw = (...path: (string | number)[]) => stream(7, ...path).bits();
  assertEquals(draw("a", 1), draw("a", 1));
  assert(draw("a", 1) !== draw("a", 2));
  assert(draw("a1") !== draw("a", 1));
});

Deno.test("Stream.integer() is in range and roughly even", () => {
  const s = stream(0, "integer"), counts = new Array(7).fill(0);
  for (let i = 0; i < 7000; i++) counts[s.integer(7)]++;
  for (const count of counts) assert(count > 850 && count < 1150, `count ${count}`);
});

Deno.test("Stream.permutation() holds every index once", () => {
  assertEquals([...stream(0, "order").permutation(100)].sort((a, b) => a - b), [
    ...Array(100).keys(),
  ]);
});
