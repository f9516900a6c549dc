import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { spread } from "./spread.ts";

Deno.test("spread() leaves labels that are far apart where they are", () => {
  assertEquals(spread([10, 90, 50], 16, 0, 100), [10, 90, 50]);
  assertEquals(spread([], 16, 0, 100), []);
});

Deno.test("spread() moves close labels apart and back from the edge", () => {
  assertEquals(spread([50, 50], 16, 0, 100), [50, 66]);
  assertEquals(spread([98, 99], 16, 0, 100), [84, 100]);
});

Deno.test("spread() keeps order, gap and bounds where there is room", () => {
  const places = fc.array(fc.double({ min: -50, max: 250, noNaN: true }), { maxLength: 8 });
  fc.assert(fc.property(places, (wanted) => {
    const placed = spread(wanted, 16, 0, 200);
    const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
    order.forEach((i, k) => {
      assert(placed[i] >= -1e-9 && placed[i] <= 200 + 1e-9);
      if (k > 0) assert(placed[i] - placed[order[k - 1]] >= 16 - 1e-9);
    });
  }));
});
