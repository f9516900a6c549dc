import { assertEquals, assertThrows } from "@std/assert";
import { fromPlanes, interleave, toImages, toPixels, toPlanes } from "./images.ts";

/** Two images whose every byte tells its place. */
const pixels = Uint8Array.from({ length: 2 * 3072 }, (_, i) => (i * 7 + (i >> 8)) % 256);

Deno.test("toImages() interleaves the planes and scales 255 to 1", () => {
  const images = toImages(pixels);
  const at = (image: number, row: number, column: number, channel: number) =>
    images[((image * 32 + row) * 32 + column) * 3 + channel];
  for (const [image, row, column, channel] of [[0, 0, 0, 0], [0, 5, 31, 1], [1, 31, 2, 2]]) {
    const byte = pixels[image * 3072 + channel * 1024 + row * 32 + column];
    assertEquals(at(image, row, column, channel), Math.fround(byte / 255));
  }
});

Deno.test("interleave() puts bytes where toImages() puts numbers", () => {
  assertEquals(Float32Array.from(interleave(pixels), (byte) => byte / 255), toImages(pixels));
});

Deno.test("toPixels() inverts toImages() for every byte", () => {
  assertEquals(toPixels(toImages(pixels)), pixels);
});

Deno.test("toPixels() rounds and clips", () => {
  const images = new Float32Array(3072);
  images.set([1.2, -0.1, 100.4 / 255]);
  const out = toPixels(images);
  assertEquals([out[0], out[1024], out[2048]], [255, 0, 100]);
});

Deno.test("fromPlanes() inverts toPlanes()", () => {
  const images = toImages(pixels);
  assertEquals(
    toPlanes(images).subarray(0, 3),
    images.filter((_, i) => i % 3 === 0).subarray(0, 3),
  );
  assertEquals(fromPlanes(toPlanes(images)), images);
});

Deno.test("interleave() and fromPlanes() keep each pixel's channels together, whatever the shape", () => {
  const image = [2, 2, 3] as const; // r r r r g g g g b b b b
  const planes = Uint8Array.from({ length: 12 }, (_, i) => i);
  const want = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11];
  assertEquals([...interleave(planes, image)], want);
  assertEquals([...fromPlanes(Float32Array.from(planes), image)], want);
  assertEquals([...toPlanes(Float32Array.from(want), image)], [...planes]);
  assertThrows(() => interleave(planes, [2, 2, 5]), RangeError, "one image of 2x2x5");
});

Deno.test("toImages() refuses part of an image", () => {
  assertThrows(() => toImages(new Uint8Array(3073)), RangeError, "3073 values are not a multiple");
});
