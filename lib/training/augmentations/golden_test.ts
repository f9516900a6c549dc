import { assert, assertEquals } from "@std/assert";
import { decodeBytes, readGolden } from "../../../tests/golden_values.ts";
import { stream } from "../../random/philox.ts";
import type { ByteImage } from "./byte_image.ts";
import { OPERATIONS, randAugment } from "./rand_augment.ts";
import { drawCrop, drawErased, type Rectangle } from "./rectangles.ts";
import { resizedCrop } from "./resize.ts";

/** An image that Pillow, torchvision and timm changed. */
interface GoldenAugmentations {
  readonly height: number;
  readonly width: number;
  readonly fill: readonly number[];
  readonly image: string;
  readonly operations: readonly {
    readonly name: string;
    readonly magnitude: number;
    readonly side: number;
    readonly image: string;
  }[];
  readonly crops: readonly (Rectangle & { readonly image: string })[];
  readonly sizes: readonly {
    readonly height: number;
    readonly width: number;
    readonly image: string;
  }[];
}

const golden = await readGolden<GoldenAugmentations>("augmentations");
const { height, width, fill } = golden;
const image: ByteImage = { height, width, channels: 3, data: decodeBytes(golden.image) };

Deno.test("OPERATIONS are timm's of rand-…-inc1, in its order", () => {
  const names = new Set(golden.operations.map(({ name }) => name));
  assertEquals(Object.keys(OPERATIONS), [...names]);
});

for (const { name, magnitude, side, image: expected } of golden.operations) {
  Deno.test(`OPERATIONS.${name} of magnitude ${side * magnitude} has timm's bytes`, () => {
    const level = magnitude / 10, before = image.data.slice();
    const changed = OPERATIONS[name](image, { level, side: () => side, fill });
    assertEquals(changed.data, decodeBytes(expected));
    assertEquals(image.data, before, "the image itself stays as it is");
  });
}

Deno.test("resizedCrop() has torchvision's bytes", () => {
  for (const { image: expected, ...crop } of golden.crops) {
    assertEquals(resizedCrop(image, crop, { height, width }).data, decodeBytes(expected));
  }
});

Deno.test("resizedCrop() of the whole image has Pillow's bytes, smaller and larger", () => {
  for (const { image: expected, ...size } of golden.sizes) {
    const whole = { top: 0, left: 0, height, width };
    assertEquals(resizedCrop(image, whole, size).data, decodeBytes(expected));
  }
});

Deno.test("drawCrop() and drawErased() draw what they are told, inside of the image", () => {
  const size = { height: 32, width: 32 }, count = 4000;
  const range = { min_scale: 0.08, max_scale: 1, min_ratio: 3 / 4, max_ratio: 4 / 3 };
  const draws: [label: string, mean: number, draw: (i: number) => Rectangle | undefined][] = [
    // less than the 0.54 of all areas: large ones of an uneven ratio reach over the border
    ["crop", 0.5, (i) => drawCrop(range, size, stream(0, "crop", i))],
    ["erased", 0.17, (i) => drawErased(size, stream(0, "erased", i))],
  ];
  for (const [label, mean, draw] of draws) {
    const drawn = Array.from({ length: count }, (_, i) => draw(i)!);
    const areas = drawn.map(({ height, width }) => height * width / 1024);
    const found = areas.reduce((sum, area) => sum + area, 0) / count;
    assert(Math.abs(found - mean) < 0.02, `${label}: mean area ${found}`);
    for (const { top, left, height, width } of drawn) {
      assert(height >= 1 && width >= 1 && top >= 0 && left >= 0);
      assert(top + height <= 32 && left + width <= 32);
    }
    assert(new Set(drawn.map(({ top }) => top)).size > 20);
  }
  assertEquals(
    drawCrop({ min_scale: 4, max_scale: 4, min_ratio: 1, max_ratio: 1 }, size, stream(0)),
    {
      ...size,
      ...{ top: 0, left: 0 },
    },
  );
});

Deno.test("randAugment() changes as many images as its probability says, and none at 0", () => {
  const changed = (probability: number) => {
    const setting = { operations: 1, probability, magnitude: 9, magnitude_deviation: 0.5 };
    const others = Array.from(
      { length: 600 },
      (_, i) => randAugment(image, setting, fill, stream(0, "changed", i)) !== image,
    );
    return others.filter(Boolean).length / others.length;
  };
  assertEquals(changed(0), 0);
  assert(Math.abs(changed(0.5) - 0.5) < 0.08);
  assertEquals(changed(1), 1);
});
