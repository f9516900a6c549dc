import { assert, assertEquals } from "@std/assert";
import { type Stream, stream } from "../random/philox.ts";
import { fillBatch } from "./augmentation.ts";

/** A 3x3 image with three equal channels. */
const image = (...values: number[]) => Float32Array.from(values.flatMap((v) => [v, v, v]));
const channel = (batch: Float32Array) => [...batch.filter((_, i) => i % 3 === 0)];
const drawing = (...draws: number[]) => ({ integer: () => draws.shift()! }) as unknown as Stream;

const one = image(1, 2, 3, 4, 5, 6, 7, 8, 9), batch = new Float32Array(27);

Deno.test("fillBatch() crops with black borders, then mirrors", () => {
  const fill = (flip: boolean, ...draws: number[]) => {
    fillBatch(one, [0], batch, { crop_padding: 1, flip }, drawing(...draws), 3);
    return channel(batch);
  };
  assertEquals(fill(false, 1, 1), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(fill(false, 0, 1), [0, 0, 0, 1, 2, 3, 4, 5, 6], "one row from above");
  assertEquals(fill(false, 1, 2), [2, 3, 0, 5, 6, 0, 8, 9, 0], "one column from the right");
  assertEquals(fill(true, 1, 1, 1), [3, 2, 1, 6, 5, 4, 9, 8, 7]);
  assertEquals(fill(true, 1, 2, 1), [0, 3, 2, 0, 6, 5, 0, 9, 8]);
});

Deno.test("fillBatch() without augmentation copies the images that are named", () => {
  const two = Float32Array.from([...one, ...image(9, 8, 7, 6, 5, 4, 3, 2, 1)]);
  fillBatch(two, [1], batch, { crop_padding: 0, flip: false }, drawing(), 3);
  assertEquals(channel(batch), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

Deno.test("fillBatch() mirrors half of the images and uses every offset alike", () => {
  const random = stream(0n, "augmentation test"), seen = new Map<string, number>(), count = 5400;
  for (let i = 0; i < count; i++) {
    fillBatch(one, [0], batch, { crop_padding: 1, flip: true }, random, 3);
    const key = channel(batch).join("");
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  assertEquals(seen.size, 18);
  // 300 expected of each, with a standard deviation of 17
  for (const [key, n] of seen) assert(Math.abs(n - 300) < 100, `${key}: ${n}`);
});
