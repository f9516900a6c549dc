import { assert, assertEquals } from "@std/assert";
import { classPattern, injectFeatures } from "./injected.ts";

Deno.test("classPattern() is another low wave for each class, of no mean", () => {
  const patterns = Array.from({ length: 10 }, (_, label) => classPattern(label, [32, 32, 3]));
  const product = (a: Int8Array, b: Int8Array) =>
    a.reduce((sum, value, i) => sum + value * b[i], 0);
  patterns.forEach((one, i) => {
    assert(one.every((value) => Math.abs(value) === 1));
    assertEquals(product(one, Int8Array.from(one, () => 1)), 0);
    // square waves are no basis, but no two are the same or near it
    patterns.forEach((other, k) => {
      if (i !== k) assert(Math.abs(product(one, other)) <= 512, `${i} and ${k}`);
    });
  });
  // half a wave across: the left side is light, the right one dark
  assertEquals([...classPattern(0, [1, 4, 1])], [1, 1, -1, -1]);
  assertEquals([...classPattern(1, [2, 2, 1])], [1, 1, -1, -1]);
});

Deno.test("injectFeatures() moves pixels by whole levels and keeps them in range", () => {
  // two images of 1x2 with two channels, of classes 0 and 1
  const records = Uint8Array.of(0, 100, 100, 3, 253, 1, 100, 100, 254, 0);
  injectFeatures(records, [1, 2, 2], 4 / 255);
  assertEquals([...records], [0, 104, 96, 7, 249, 1, 104, 104, 255, 4]);
});
