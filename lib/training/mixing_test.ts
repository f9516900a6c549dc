import { assert, assertEquals } from "@std/assert";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { assertClose } from "../../tests/close.ts";
import { decodeFloats, readGolden } from "../../tests/golden_values.ts";
import { hashed } from "../../tests/hashed.ts";
import { stream, streams } from "../random/philox.ts";
import { tf } from "../tensorflow/mod.ts";
import { drawMix, encodeMix, type Mix, mixImages, mixLabels } from "./mixing.ts";
import { smooth } from "./targets.ts";

/** Batches that timm mixed. */
interface GoldenMixing {
  readonly shape: readonly [number, number, number, number];
  readonly classes: number;
  readonly smoothing: number;
  readonly cases: readonly (Mix & { readonly images: string; readonly targets: number[] })[];
}

const { shape, classes, smoothing, cases } = await readGolden<GoldenMixing>("mixing");

for (const { images, targets, ...mix } of cases) {
  const of = mix.kind === "mixup" ? "" : ` around ${mix.middle}`;
  Deno.test(`mixImages() and mixLabels() by ${mix.kind} of ${mix.share}${of} are timm's`, async () => {
    await tf.setBackend("cpu");
    const batch = tf.tensor(hashed("mixing:images", shape, 0, 1), [...shape]) as Tensor4D;
    const own = Array.from({ length: shape[0] }, (_, i) => i % classes);
    const hot = tf.oneHot(tf.tensor1d(own, "int32"), classes, 1, 0, "float32") as Tensor2D;
    const encoded = tf.tensor1d(encodeMix(mix, shape.slice(1, 3)));
    const label = "mixed";
    assertClose(mixImages(batch, encoded).dataSync(), decodeFloats(images), 1e-6, { label });
    const { labels, counted } = mixLabels(hot, encoded);
    assertClose(smooth(labels, smoothing).dataSync(), targets, 1e-5, { label });
    const share = encodeMix(mix, shape.slice(1, 3))[1];
    const larger = share >= 0.5 ? own : own.toReversed();
    assertEquals(Array.from(tf.argMax(counted, 1).dataSync()), larger);
  });
}

Deno.test("mixImages() of a share of 1 leaves every bit as it is", async () => {
  await tf.setBackend("cpu");
  const batch = tf.tensor(hashed("mixing:images", shape, 0, 1), [...shape]) as Tensor4D;
  const none = encodeMix({ kind: "mixup", share: 1 }, [7, 5]);
  assertEquals(mixImages(batch, tf.tensor1d(none)).dataSync(), batch.dataSync());
});

Deno.test("drawMix() mixes as often, and as often by CutMix, as it is told", () => {
  const count = 4000, image = [32, 32, 3];
  const draw = (mixup_alpha: number, cutmix_alpha: number, probability = 1) => {
    const random = streams(0n, "mixing test");
    const mixing = { mixup_alpha, cutmix_alpha, probability, switch_probability: 0.25 };
    const mixes = Array.from({ length: count }, (_, i) => drawMix(mixing, image, random(i)));
    const shareOf = (wanted: (mix: Float32Array) => boolean) => mixes.filter(wanted).length / count;
    return {
      mixup: shareOf(([pixels]) => pixels < 1),
      cutmix: shareOf(([pixels, , top, bottom]) => pixels === 1 && bottom > top),
    };
  };
  const { mixup, cutmix } = draw(0.8, 1);
  assert(Math.abs(mixup - 0.75) < 0.03, `mixup ${mixup}`);
  // a box of less than a pixel is none
  assert(Math.abs(cutmix - 0.25) < 0.03, `CutMix ${cutmix}`);
  assertEquals(draw(0, 0), { mixup: 0, cutmix: 0 });
  assertEquals(draw(0.8, 0).cutmix, 0);
  assertEquals(draw(0, 1).mixup, 0);
  assert(Math.abs(draw(0.8, 0, 0.5).mixup - 0.5) < 0.03);
  const mixing = { mixup_alpha: 0.8, cutmix_alpha: 1, probability: 1, switch_probability: 0.5 };
  assertEquals(drawMix(mixing, image, stream(1, "a")), drawMix(mixing, image, stream(1, "a")));
});
