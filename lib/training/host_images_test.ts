import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Engine, Submitted, Value } from "../engines/engine.ts";
import { openEngine } from "../engines/mod.ts";
import { stream } from "../random/philox.ts";
import { fillBatch } from "./_host_batch.ts";
import { type Augmentation, drawChoices } from "./augmentation.ts";
import type { ByteImage } from "./augmentations/byte_image.ts";
import type { ByteImages } from "./device_images.ts";
import { augmented } from "./augment_batch.ts";
import { openAugmenters, threadsFor } from "./augmenters/pool.ts";
import { hostImages } from "./host_images.ts";
import { permitted } from "../../tests/permitted.ts";

const crop: Augmentation = { crop_padding: 4, flip: true };
const full: Augmentation = {
  ...crop,
  random_resized_crop: { min_scale: 0.08, max_scale: 1, min_ratio: 0.75, max_ratio: 4 / 3 },
  rand_augment: { operations: 2, probability: 0.5, magnitude: 9, magnitude_deviation: 0.5 },
  random_erasing: { probability: 0.25 },
};
const normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

const count = 6, size = 32 * 32 * 3, batchSize = 4;
const noise = stream(0, "host images").fill(new Float32Array(count * size), 0, 256);
const images: ByteImages = {
  image: [32, 32, 3],
  pixels: Uint8Array.from(noise),
  labels: Int32Array.from({ length: count }, (_, i) => i),
};

/** What is read of a batch. */
async function read(engine: Engine, { outputs, done }: Submitted) {
  await done;
  const data = async (value: Value) => {
    const data = await engine.read(value);
    value[Symbol.dispose]();
    return data;
  };
  return { images: await data(outputs.images), labels: await data(outputs.labels) };
}

/** Batches of images by a source with so many threads, all announced before the first is asked for. */
async function batches(
  engine: Engine,
  augmentation: Augmentation,
  all: number[][],
  { seed = 0, threads = 0 } = {},
) {
  const options = { batchSize, augmentation, normalisation, threads };
  using source = await hostImages(engine, images, options);
  const chosen = all.map((indices) => ({
    choices: drawChoices(indices, augmentation, stream(0, "crops")),
    random: { seed, path: ["images"], first: 0 },
  }));
  chosen.forEach((one) => source.announce!(one));
  const made = [];
  for (const one of chosen) made.push(await read(engine, await source.batch(one)));
  return made;
}

/** A batch by its source. */
const batch = async (engine: Engine, augmentation: Augmentation, indices: number[], seed = 0) =>
  (await batches(engine, augmentation, [indices], { seed }))[0];

Deno.test("hostImages() crops and mirrors as chosen", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const indices = [5, 0, 3, 3], expected = new Float32Array(batchSize * size);
  const floats = Float32Array.from(images.pixels, (byte) => byte / 255);
  fillBatch(floats, indices, expected, crop, stream(0, "crops"));
  const made = await batch(engine, crop, indices);
  assertEquals(made.images, expected);
  assertEquals(Array.from(made.labels), indices);
});

Deno.test("hostImages() makes the same of an image, whatever else is in the batch", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const plain = { ...full, crop_padding: 0, flip: false };
  const one = await batch(engine, plain, [5, 0, 3, 3]),
    two = await batch(engine, plain, [1, 0, 3, 2]);
  const place = (made: typeof one, at: number) => made.images.subarray(at * size, (at + 1) * size);
  assertEquals(place(one, 1), place(two, 1));
  assertEquals(place(one, 2), place(two, 2));
  assert(place(one, 2).some((value, i) => value !== place(one, 3)[i]), "places differ");
  const other = await batch(engine, plain, [5, 0, 3, 3], 1);
  assert(place(one, 1).some((value, i) => value !== place(other, 1)[i]), "seeds differ");
});

Deno.test("hostImages() without random numbers says so", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const options = { batchSize, augmentation: full, normalisation, threads: 0 };
  using source = await hostImages(engine, images, options);
  await assertRejects(
    () => source.batch({ choices: new Int32Array(batchSize * 4) }),
    TypeError,
    "Cannot augment images on the host without random numbers",
  );
});

permitted(
  "hostImages() makes the same bytes in the same order with any number of threads",
  async () => {
    using engine = await openEngine({ kind: "cpu" });
    const all = [[5, 0, 3, 3], [1, 2, 4, 0], [2, 2, 2, 2], [0, 1, 5, 4], [3, 4, 1, 0]];
    const [none, ...others] = await Promise.all(
      [0, 1, 2].map((threads) => batches(engine, full, all, { threads })),
    );
    for (const made of others) assertEquals(made, none);
    assertEquals(none.map(({ labels }) => Array.from(labels)), all);
  },
);

permitted(
  "hostImages() fails with the text of a thread's error, and ends its threads",
  async () => {
    using engine = await openEngine({ kind: "cpu" });
    const choices = drawChoices([0, 1, 2, 3], full, stream(0, "crops"));
    const chosen = { choices, random: { seed: 0, path: [], first: 0 } }, errors: Error[] = [];
    for (const threads of [0, 2]) {
      const options = { batchSize, augmentation: full, normalisation: {} as never, threads };
      using source = await hostImages(engine, images, options);
      source.announce!(chosen);
      source.announce!({ ...chosen, choices: choices.slice() });
      errors.push(await assertRejects(() => source.batch(chosen), TypeError));
    }
    assertEquals(errors[1].message, errors[0].message);
  },
);

permitted("openAugmenters() fails if a thread does not answer to its setting", async () => {
  // a function cannot be sent to a thread
  const setting = { image: [1, 1, 1], augmentation: crop, normalisation: () => {} } as never;
  await assertRejects(() => openAugmenters(2, setting), DOMException, "could not be cloned");
});

Deno.test("threadsFor() leaves a core for the engine's, and has one thread at least", () => {
  assertEquals([1, 2, 3, 16, 64].map((cores) => threadsFor(cores)), [1, 1, 2, 12, 12]);
});

Deno.test("augmented() erases as often as it is told, by noise of the data's mean and deviation", () => {
  const grey: ByteImage = { height: 32, width: 32, channels: 3, data: new Uint8Array(size) };
  const erase = (probability: number, i: number) =>
    augmented(grey, { ...crop, random_erasing: { probability } }, normalisation, stream(0, "e", i));
  const draws = Array.from({ length: 400 }, (_, i) => erase(0.25, i));
  const erased = draws.filter((pixels) => pixels.some((value) => value !== 0));
  assert(Math.abs(erased.length / 400 - 0.25) < 0.06, `${erased.length} of 400`);
  assert(
    Array.from({ length: 9 }, (_, i) => erase(0, i)).flatMap((it) => [...it]).every((v) => v === 0),
  );
  for (const [c, mean] of normalisation.mean.entries()) {
    const values = erased.flatMap((pixels) =>
      Array.from(pixels).filter((value, at) => at % 3 === c && value !== 0)
    );
    const found = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - found) ** 2, 0) / values.length;
    assert(Math.abs(found - mean) < 0.01, `mean ${found}`);
    assert(Math.abs(Math.sqrt(variance) - normalisation.std[c]) < 0.01, `variance ${variance}`);
  }
});
