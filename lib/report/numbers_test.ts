import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { differenceText, oneDecimal, percentText } from "./numbers.ts";

Deno.test("oneDecimal() rounds halves away from zero", () => {
  for (
    const [value, rounded] of [
      [93.75, 93.8],
      [-93.75, -93.8],
      [0.05, 0.1],
      [0.04999, 0],
      [61.15, 61.2],
      [100, 100],
    ]
  ) assertEquals(oneDecimal(value), rounded);
});

Deno.test("oneDecimal() never gives -0", () => {
  for (const value of [-0.01, -0, 0, 0.01]) assert(Object.is(oneDecimal(value), 0));
});

Deno.test("oneDecimal() is at most 0.05 away and stays where it is", () => {
  fc.assert(fc.property(fc.double({ min: -200, max: 200, noNaN: true }), (value) => {
    const once = oneDecimal(value);
    assert(Math.abs(once - value) <= 0.05 + 1e-9);
    assertEquals(oneDecimal(once), once);
  }));
});

Deno.test("differenceText() always shows the sign", () => {
  assertEquals([1.23, -1.23, 0, -0.04].map(differenceText), ["+1.2", "-1.2", "0.0", "0.0"]);
});

Deno.test("percentText() has one decimal", () => {
  assertEquals([0, 5, 61.14, 100].map(percentText), ["0.0", "5.0", "61.1", "100.0"]);
});
