import { assert, assertEquals } from "@std/assert";
import { engines } from "../../tests/engines.ts";
import { stream } from "../random/philox.ts";
import type { Program } from "../engines/engine.ts";
import { type Augmentation, choiceSize, drawChoices } from "./augmentation.ts";
import { takeImages } from "./take_images.ts";
import { putImages } from "./device_images.ts";
import { fillBatch } from "./_host_batch.ts";

/** Two 3x3 images with three equal channels, 1 to 9 and back. */
const pixels = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1].flatMap(
  (value) => [value, value, value],
));
const drawing = (...draws: number[]) => ({ integer: () => draws.shift()! });

const taking = (count: number): Program => ({
  name: "taking",
  inputs: {
    pixels: { shape: [18, 3], dtype: "uint8" },
    choices: { shape: [count, choiceSize], dtype: "int32" },
  },
  build: ({ pixels, choices }) => ({
    images: takeImages(pixels as never, choices as never, [3, 3]),
  }),
});

for (const { label, ignore, open } of await engines()) {
  Deno.test({
    name: `takeImages() crops with black borders, then mirrors [${label}]`,
    ignore,
    fn: async () => {
      const cases: [image: number, down: number, right: number, mirrored: 0 | 1, want: number[]][] =
        [
          [0, 0, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
          [1, 0, 0, 0, [9, 8, 7, 6, 5, 4, 3, 2, 1]],
          [0, -1, 0, 0, [0, 0, 0, 1, 2, 3, 4, 5, 6]], // one row from above
          [0, 0, 1, 0, [2, 3, 0, 5, 6, 0, 8, 9, 0]], // one column from the right
          [0, 0, 0, 1, [3, 2, 1, 6, 5, 4, 9, 8, 7]],
          [0, 0, 1, 1, [0, 3, 2, 0, 6, 5, 0, 9, 8]],
          [1, 3, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0, 0]],
        ];
      using engine = await open();
      const program = taking(cases.length), choices = cases.flatMap((all) => all.slice(0, 4));
      using executable = await engine.compile(program);
      using all = engine.put(pixels, program.inputs.pixels);
      using chosen = engine.put(Int32Array.from(choices as number[]), program.inputs.choices);
      const { images } = await executable.run({ pixels: all, choices: chosen });
      const found = await engine.read(images);
      images[Symbol.dispose]();
      const want = cases.flatMap(([, , , , levels]) =>
        levels.flatMap((level) => Array(3).fill(Math.fround(level / 255)))
      );
      assertEquals([...found], want);
    },
  });

  Deno.test({
    name: `batch() of putImages() is what the host makes of every byte, bit for bit [${label}]`,
    ignore,
    fn: async () => {
      using engine = await open();
      const count = 7, batchSize = 12, size = 32 * 32 * 3;
      const pixels = Uint8Array.from({ length: count * size }, (_, i) => (i * 7 + (i >> 8)) % 256);
      const labels = Uint8Array.from({ length: count }, (_, i) => (3 * i) % 10);
      const asFloats = Float32Array.from(pixels, (byte) => byte / 255);
      const indices = Array.from({ length: batchSize }, (_, i) => (5 * i + 2) % count);
      {
        using source = await putImages(engine, { image: [32, 32, 3], pixels, labels }, batchSize);
        for (const crop_padding of [0, 4]) {
          for (const flip of [false, true]) {
            const augmentation: Augmentation = { crop_padding, flip };
            const random = () => stream(1n, "augmentation test", crop_padding);
            const want = new Float32Array(batchSize * size);
            fillBatch(asFloats, indices, want, augmentation, random());
            const choices = drawChoices(indices, augmentation, random());
            const { outputs } = await source.batch({ choices });
            const { images, labels: named } = outputs;
            const found = await engine.read(images);
            assert(
              found.every((value, i) => Object.is(value, want[i])),
              JSON.stringify(augmentation),
            );
            assertEquals([...await engine.read(named)], indices.map((index) => labels[index]));
            images[Symbol.dispose]();
            named[Symbol.dispose]();
          }
        }
      }
      assertEquals(engine.live(), 0);
    },
  });
}

Deno.test("drawChoices() draws for each image how far down, how far right, mirrored or not", () => {
  const draw = (crop_padding: number, flip: boolean, ...draws: number[]) => [
    ...drawChoices([5, 9], { crop_padding, flip }, drawing(...draws)),
  ];
  assertEquals(draw(2, true, 0, 3, 1, 4, 2, 0), [5, -2, 1, 1, 9, 2, 0, 0]);
  assertEquals(draw(2, false, 0, 3, 4, 2), [5, -2, 1, 0, 9, 2, 0, 0]);
  assertEquals(draw(0, true, 1, 0), [5, 0, 0, 1, 9, 0, 0, 0]);
  assertEquals(draw(0, false), [5, 0, 0, 0, 9, 0, 0, 0]);
});

Deno.test("drawChoices() mirrors half of the images and uses every offset alike", () => {
  const count = 5400, seen = new Map<string, number>();
  const random = stream(0n, "augmentation test");
  const choices = drawChoices(new Int32Array(count), { crop_padding: 1, flip: true }, random);
  for (let i = 0; i < count; i++) {
    const key = choices.subarray(i * choiceSize, (i + 1) * choiceSize).join();
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  assertEquals(seen.size, 18);
  // 300 expected of each, with a standard deviation of 17
  for (const [key, n] of seen) assert(Math.abs(n - 300) < 100, `${key}: ${n}`);
});
