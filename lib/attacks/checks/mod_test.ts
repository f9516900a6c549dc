import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { openEngine } from "../../engines/mod.ts";
import type { Classifier } from "../../models/classifier.ts";
import { stream } from "../../random/philox.ts";
import { tf } from "../../tensorflow/mod.ts";
import { hiddenClassifier, linearClassifier } from "../_linear_classifier.ts";
import { singles } from "../_rules.ts";
import { checkVictim, type Finding, type Flag, type VictimContext } from "./mod.ts";
import { evaluateLogits, type LabelledImages } from "../victim/evaluate.ts";
import { predict } from "../logits.ts";
import { createVictim } from "../victim/create_victim.ts";

const image = [3, 3, 1] as const, pixels = 9, classes = 5, count = 6;
const draw = (name: string, size: number, low: number, high: number) =>
  stream(5, name).fill(new Float32Array(size), low, high) as Float32Array<ArrayBuffer>;
const pictures = draw("images", count * pixels, 0, 1);
const sound = hiddenClassifier(image, 8, classes, stream(2, "weights").uniform);

/** A sound model with something done to its input and to its logits. */
const changed = (
  after: (z: Tensor2D) => Tensor2D,
  before: (x: Tensor4D) => Tensor4D = (x) => x,
): Classifier => ({ ...sound, logits: (weights, x) => after(sound.logits(weights, before(x))) });

const times = (factor: number) => (z: Tensor2D) => tf.mul(z, factor) as Tensor2D;

interface Scene {
  readonly classifier?: Classifier;
  readonly images?: Float32Array<ArrayBuffer>;
  /** By default what the model says. */
  readonly labels?: number[];
  readonly context?: VictimContext;
}

async function check({ classifier = sound, images = pictures, labels, context }: Scene = {}) {
  using engine = await openEngine({ kind: "cpu" });
  using victim = createVictim({ engine, classifier, batchSize: 4 });
  const size = images.length / pixels;
  const { logits } = await evaluateLogits(victim, { images, labels: new Array(size).fill(0) });
  const predicted = Array.from(
    { length: size },
    (_, i) => predict(logits.subarray(i * classifier.classes, (i + 1) * classifier.classes)),
  );
  const data: LabelledImages = { images, labels: labels ?? predicted };
  return await checkVictim(victim, data, context); // before the victim is disposed of
}

const texts = (found: readonly Finding[]) => found.map(({ text }) => text);
const link = (flag: Flag) => ` (docs/flags.md#${flag})`;

Deno.test("checkVictim() finds nothing in a sound model", async () => {
  assertEquals(await check(), []);
  assertEquals(await check({ classifier: changed(times(3)) }), []);
  assertEquals(await check({ images: new Float32Array(0) }), []);
});

Deno.test("checkVictim() randomized-output: passes that differ by more than rounding", async () => {
  const noisy = (scale: number) =>
    changed((z) => tf.add(z, tf.randomNormal(z.shape, 0, scale)) as Tensor2D);
  const [{ flag, text }] = await check({ classifier: noisy(0.01) });
  assertEquals(flag, "randomized-output");
  assertStringIncludes(text, "5 passes over the same images differ: ");
  assertStringIncludes(text, " of 4 classified correctly, normalised logits up to ");
  assert(text.endsWith(link("randomized-output")));
  assertEquals(await check({ classifier: noisy(1e-7) }), []);
});

Deno.test("checkVictim() probability-outputs: a softmax inside, but not a log-softmax", async () => {
  const [{ flag, text }] = await check({ classifier: changed((z) => tf.softmax(z)) });
  assertEquals(flag, "probability-outputs");
  assertStringIncludes(text, "the outputs of 6 images lie between 0.0");
  assertStringIncludes(text, "and add up to 1: probabilities, where logits are expected (docs/");
  assertEquals(await check({ classifier: changed((z) => tf.logSoftmax(z)) }), []);
});

Deno.test("checkVictim() too-few-classes: for the planned attacks alone", async () => {
  const few = (classes: number) => hiddenClassifier(image, 8, classes, stream(2, "few").uniform);
  const end = link("too-few-classes");
  const cases: [number, string[], string[]][] = [
    [2, ["apgd-ce", "apgd-dlr", "apgd-t"], [
      "2 classes are too few for the loss of apgd-dlr (3 or more) and apgd-t (4 or more)" + end,
    ]],
    [3, ["apgd-dlr", "apgd-t"], [
      "3 classes are too few for the loss of apgd-t (4 or more)" + end,
    ]],
    [4, ["apgd-dlr", "apgd-t"], []],
    [2, ["apgd-ce", "square"], []],
  ];
  for (const [classes, names, expected] of cases) {
    const attacks = singles.filter(({ name }) => names.includes(name));
    assertEquals(texts(await check({ classifier: few(classes), context: { attacks } })), expected);
  }
});

Deno.test("checkVictim() clean-below-chance: over all images, not the first block", async () => {
  const flat = linearClassifier(image, draw("w", pixels * classes, -0.01, 0.01), [1, 0, 0, 0, 0]);
  assertEquals(texts(await check({ classifier: flat, labels: [0, 1, 2, 3, 4, 1] })), [
    "1 of 6 images (16.7 %) classified correctly before any attack, fewer than by guessing " +
    "(20.0 % for 5 classes)" + link("clean-below-chance"),
  ]);
  assertEquals(await check({ classifier: flat, labels: [1, 1, 2, 3, 0, 0] }), []);
});

Deno.test("checkVictim() zero-gradients: quantised input, and a constant model", async () => {
  const step = (x: Tensor4D) =>
    tf.customGrad((x) => ({
      value: tf.round(tf.mul(x as Tensor4D, 8)),
      gradFunc: () => tf.zerosLike(x as Tensor4D),
    }))(x) as Tensor4D;
  const text = "the input gradient is exactly zero for 4 of 4 images" + link("zero-gradients");
  assertEquals(texts(await check({ classifier: changed((z) => z, step) })), [text]);
  const constant = linearClassifier(image, new Float32Array(pixels * classes), [30, 0, 0, 0, 0]);
  assertEquals(texts(await check({ classifier: constant })), [text]);
});

Deno.test("checkVictim() vanishing-gradients: a saturated softmax, and an underflow", async () => {
  const end = link("vanishing-gradients");
  const [saturated] = texts(await check({ classifier: changed(times(200)) }));
  assertEquals(
    saturated,
    "the gradient of the cross-entropy is rounding for 4 of 4 images (softmax saturated: 4, " +
      "gradient below 2.0e-31: 0)" + end,
  );
  const faint = changed(times(1e-33));
  assertEquals(texts(await check({ classifier: faint })), [
    "the gradient of the cross-entropy is rounding for 4 of 4 images (softmax saturated: 0, " +
    "gradient below 2.0e-31: 4)" + end,
  ]);
  assertEquals(texts(await check({ classifier: changed(times(1e-20)) })), []);
});

Deno.test("checkVictim() float16-saturation: logits, gradients and pixels on its grid", async () => {
  const half = (values: Float32Array) => values.map((value) => Math.f16round(value));
  const rounded = changed((z) =>
    tf.customGrad((z) => ({
      value: tf.tensor(half((z as Tensor2D).dataSync() as Float32Array), (z as Tensor2D).shape),
      gradFunc: (dy) => tf.clone(dy),
    }))(z) as Tensor2D
  );
  const end = link("float16-saturation");
  assertEquals(texts(await check({ classifier: rounded })), [
    "all logits are float16 numbers" + end,
  ]);
  const backwards = changed((z) => z, (x) =>
    tf.customGrad((x) => ({
      value: tf.clone(x as Tensor4D),
      gradFunc: (dy) =>
        tf.tensor(half((dy as Tensor4D).dataSync() as Float32Array), (dy as Tensor4D).shape),
    }))(x) as Tensor4D);
  assertEquals(texts(await check({ classifier: backwards })), [
    "all input gradients are float16 numbers" + end,
  ]);
  const bytes = pictures.map((value) => Math.round(255 * value) / 255);
  assertEquals(texts(await check({ images: half(bytes) as typeof bytes })), [
    "all pixels are float16 numbers" + end,
  ]);
  assertEquals(await check({ images: bytes }), []);
  assertEquals(await check({ images: pictures.map((value) => Math.floor(256 * value) / 256) }), []);
});

Deno.test("checkVictim() float16-saturation: a logit where float16 ends", async () => {
  const found = (limit: number) =>
    check({ classifier: changed((z) => tf.clipByValue(tf.mul(z, 1e6), -limit, limit)) });
  assertStringIncludes(
    texts(await found(65504)).at(-1)!,
    "the largest logit is 65504, where float16 ends at 65504" + link("float16-saturation"),
  );
  assertEquals((await found(65000)).filter(({ flag }) => flag === "float16-saturation"), []);
});
