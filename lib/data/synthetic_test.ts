import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { toImages } from "./images.ts";
import { decodeRecords, encodeRecords, IMAGE_BYTES } from "./records.ts";
import { DIFFICULTY, SYNTHETIC_CLASSES, syntheticRecords } from "./synthetic.ts";

Deno.test("syntheticRecords() gives the same bytes for the same seed, others for another", () => {
  const a = syntheticRecords(1n, "train", 12);
  assertEquals(syntheticRecords(1n, "train", 12), a);
  assertNotEquals(syntheticRecords(2n, "train", 12).pixels, a.pixels);
  assertNotEquals(syntheticRecords(1n, "test", 12).pixels, a.pixels);
});

Deno.test("syntheticRecords() fewer images are a prefix of more", () => {
  const few = syntheticRecords(3, "train", 7), many = syntheticRecords(3, "train", 15);
  assertEquals(few.labels, many.labels.slice(0, 7));
  assertEquals(few.pixels, many.pixels.slice(0, 7 * IMAGE_BYTES));
});

Deno.test("syntheticRecords() holds each of ten classes once in ten images", () => {
  const { labels } = syntheticRecords(4, "test", 30);
  assertEquals(new Set(SYNTHETIC_CLASSES).size, 10);
  for (const start of [0, 10, 20]) {
    assertEquals([...labels.slice(start, start + 10)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});

Deno.test("syntheticRecords() are valid records of varied pixels", () => {
  const records = syntheticRecords(5, "train", 20);
  assertEquals(decodeRecords(encodeRecords(records), "synthetic"), records);
  const images = toImages(records.pixels);
  const clipped = images.filter((value) => value === 0 || value === 1).length / images.length;
  assert(clipped < 0.1, `${clipped} of the values are clipped`);
});

Deno.test("syntheticRecords() warm figures are redder than blue against their surroundings", () => {
  const sharp = { contrast: 0.4, noise: 0, clutter: 0 };
  const { labels, pixels } = syntheticRecords(6, "train", 200, sharp);
  // Red minus blue at the middle of the image, less the same at its four corners.
  const excess = [0, 0];
  labels.forEach((label, i) => {
    const at = (x: number, y: number) =>
      pixels[i * IMAGE_BYTES + 32 * y + x] - pixels[i * IMAGE_BYTES + 2048 + 32 * y + x];
    const corners = (at(0, 0) + at(31, 0) + at(0, 31) + at(31, 31)) / 4;
    excess[label % 2] += at(16, 16) - corners;
  });
  assert(excess[0] > 1000 && excess[1] < -1000, `excess of warm and cool: ${excess}`);
});

Deno.test("syntheticRecords() shows no figure where the contrast is 0", () => {
  const blank = { contrast: 0, noise: 0, clutter: 9 };
  const { pixels } = syntheticRecords(6, "train", 20, blank);
  // a background changes from a pixel to the next by less than a level
  const planes = Array.from({ length: 60 }, (_, i) => pixels.subarray(1024 * i, 1024 * (i + 1)));
  const steps = planes.flatMap((plane) =>
    Array.from(plane.subarray(0, 1023), (value, i) => i % 32 === 31 ? 0 : plane[i + 1] - value)
  );
  assert(Math.max(...steps.map(Math.abs)) <= 2, `a step of ${Math.max(...steps)} levels`);
});

const bad: [object, string][] = [
  [{ contrast: -0.1 }, "difficulty.contrast is -0.1, expected from 0 to 1"],
  [{ noise: -1 }, "difficulty.noise is -1, expected from 0 to 1"],
  [{ clutter: 1.5 }, "difficulty.clutter is 1.5, expected a whole number from 0"],
];
for (const [change, message] of bad) {
  Deno.test(`syntheticRecords() refuses ${JSON.stringify(change)}`, () => {
    assertThrows(
      () => syntheticRecords(0, "train", 1, { ...DIFFICULTY, ...change }),
      RangeError,
      message,
    );
  });
}
