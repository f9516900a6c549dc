import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { RECORD_BYTES } from "../../lib/data/records.ts";
import { StageFailure } from "../job.ts";
import { readImages, triedImages } from "./images.ts";
import { permitted } from "../../tests/permitted.ts";

/** Files whose images are numbered: image `i` has label `i` and pixels `i`. */
async function withFiles(sizes: readonly number[], use: (paths: string[]) => Promise<void>) {
  const folder = await Deno.makeTempDir(), paths: string[] = [];
  let number = 0;
  for (const size of sizes) {
    const bytes = new Uint8Array(size * RECORD_BYTES);
    for (let i = 0; i < size; i++) {
      bytes.fill(number++, i * RECORD_BYTES, (i + 1) * RECORD_BYTES);
    }
    paths.push(join(folder, `test_${paths.length}.bin`));
    await Deno.writeFile(paths.at(-1)!, bytes);
  }
  try {
    await use(paths);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

permitted(
  "readImages() takes any range, across files",
  () =>
    withFiles([3, 1, 4], async (paths) => {
      for (let offset = 0; offset < 8; offset++) {
        for (let count = 1; count <= 8 - offset; count++) {
          const { images, labels, indices } = await readImages({
            test: paths,
            offset: offset,
            images: count,
          }, CIFAR10_TASK);
          const expected = Array.from({ length: count }, (_, i) => offset + i);
          assertEquals(indices, expected);
          assertEquals(Array.from(labels), expected);
          assertEquals(images.length, count * 3072);
          const pixels = expected.flatMap((_, i) => [images[i * 3072], images[i * 3072 + 3071]]);
          assertEquals(
            pixels,
            expected.flatMap((i) => [Math.fround(i / 255), Math.fround(i / 255)]),
          );
        }
      }
      assertEquals(
        (await readImages({ test: paths, offset: 5, images: null }, CIFAR10_TASK)).indices,
        [5, 6, 7],
      );
    }),
);

permitted("readImages() refuses images beyond the end", () =>
  withFiles([2, 2], async (paths) => {
    const cases: [offset: number, count: number | null, text: string][] = [
      [0, 5, "Cannot attack 5 test images: there are 4; lower attacks.images"],
      [3, 2, "Cannot attack 2 test images from number 3 on: there are 4"],
      [4, null, "Cannot attack 0 test images from number 4 on: there are 4"],
    ];
    for (const [offset, count, text] of cases) {
      await assertRejects(
        () => readImages({ test: paths, offset: offset, images: count }, CIFAR10_TASK),
        StageFailure,
        text,
      );
    }
    await Deno.truncate(paths[1], 6145);
    await assertRejects(
      () => readImages({ test: paths, offset: 0, images: 1 }, CIFAR10_TASK),
      StageFailure,
      'Cannot read "test_1.bin": size 6145 is not a multiple of 3073',
    );
  }));

permitted(
  "triedImages() takes all, or those that a trial names, under their own numbers",
  () =>
    withFiles([8], async (paths) => {
      const all = await readImages({ test: paths, offset: 2, images: 5 }, CIFAR10_TASK);
      assertEquals(triedImages(all, {}), all);
      const { images, labels, indices } = triedImages(all, { trial: { images: [0, 3] } });
      assertEquals([indices, Array.from(labels), images.length], [[2, 5], [2, 5], 2 * 3072]);
      assertEquals([images[0], images[3072]], [Math.fround(2 / 255), Math.fround(5 / 255)]);
    }),
);
