import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fillWithGuesses } from "./guesses.ts";

const sizes = [4, 8, 16];
const falling = (chance: number, count = 7) =>
  Array.from({ length: count }, (_, i) => chance ** (i + 1));

Deno.test("fillWithGuesses() takes no guess that costs as much as it is likely to gain", () => {
  // three lanes leave a row of four empty, which is filled whatever its chance
  assertEquals(fillWithGuesses([falling(0.5), falling(0.5), falling(0.5)], sizes, 0).rows, 4);
  assertEquals(fillWithGuesses([falling(0.9), falling(0.9), falling(0.9)], sizes, 0).rows, 4);
});

Deno.test("fillWithGuesses() fills larger blocks where a block costs much besides its rows", () => {
  const lanes = [falling(0.9), falling(0.9)];
  // 2 + 2 * 0.9 = 3.8 of 4 rows; all 14 guesses: 2 + 2 * 4.7 = 11.4 of 16 rows
  assertEquals([0, 1, 20].map((overhead) => fillWithGuesses(lanes, sizes, overhead).rows), [
    4,
    8,
    16,
  ]);
});

Deno.test("fillWithGuesses() prefers lanes whose guesses are likelier, the earlier guess first", () => {
  const { order } = fillWithGuesses([[0.5, 0.25], [0.9, 0.8, 0.1], [1, 1]], sizes, 0);
  assertEquals(order, [2, 2, 1, 1, 0, 0, 1]);
});

Deno.test("fillWithGuesses() without guesses computes the lanes' own requests", () => {
  assertEquals(fillWithGuesses([[], [], []], sizes, 5), { rows: 3, order: [] });
});

Deno.test("fillWithGuesses() never takes a guess before an earlier one of its lane", () => {
  const lane = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 7 })
    .map((chances) => chances.sort((a, b) => b - a));
  fc.assert(
    fc.property(
      fc.array(lane, { minLength: 1, maxLength: 16 }),
      fc.double({ min: 0, max: 50, noNaN: true }),
      (chances, overhead) => {
        const { rows, order } = fillWithGuesses(chances, sizes, overhead);
        assert(rows >= chances.length && rows <= 16);
        assert(rows <= chances.length + order.length);
        const taken = chances.map(() => 0);
        let before = 1;
        for (const lane of order) {
          const chance = chances[lane][taken[lane]++];
          assert(chance <= before);
          before = chance;
        }
        assertEquals(taken, chances.map(({ length }) => length));
      },
    ),
  );
});
