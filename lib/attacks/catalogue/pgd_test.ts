import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { openEngine } from "../../engines/mod.ts";
import { stream } from "../../random/philox.ts";
import { hiddenClassifier, linearClassifier, linearDistance } from "../_linear_classifier.ts";
import { distance } from "../ball.ts";
import { evaluateLogits } from "../victim/evaluate.ts";
import { pgd, type PgdSettings } from "./_pgd.ts";
import type { Outcome } from "../attack.ts";
import type { RunAttacksOptions } from "../run/options.ts";
import { runAttacks } from "../run/run_attacks.ts";
import { createVictim } from "../victim/create_victim.ts";
import type { Victim } from "../victim/victim.ts";

const image = [4, 4, 1] as const, pixels = 16, classes = 4;
const standard: PgdSettings = {
  steps: 10,
  step_size: 0.02,
  random_start: true,
  restarts: 1,
  keep: "last",
};

const target = { epsilon: 0.1, seed: 0 };

/** Attacks every correctly classified image with PGD. */
const runPgd = (
  victim: Victim,
  { settings, seed, ...options }: Omit<RunAttacksOptions, "attacks"> & {
    readonly settings: PgdSettings;
    readonly seed: number;
  },
) => {
  const attacks = [pgd(`pgd${settings.steps}`, settings, { epsilon: options.epsilon, seed })];
  return runAttacks(victim, { ...options, attacks });
};

function data(count: number, low = 0, high = 1) {
  const random = stream(3, "images");
  return random.fill(new Float32Array(count * pixels), low, high) as Float32Array<ArrayBuffer>;
}

/** A hidden-layer model whose own predictions are the labels, so that it is always right. */
async function problem(count: number, batchSize = 8) {
  const engine = await openEngine({ kind: "cpu" });
  const classifier = hiddenClassifier(image, 12, classes, stream(9, "weights").uniform);
  const victim = createVictim({ engine, classifier, batchSize });
  const images = data(count);
  const { logits } = await evaluateLogits(victim, { images, labels: new Array(count).fill(0) });
  const labels = Array.from({ length: count }, (_, i) => {
    const z = logits.subarray(i * classes, (i + 1) * classes);
    return z.indexOf(Math.max(...z));
  });
  return { engine, victim, images, labels };
}

Deno.test("pgd() one step from the image is FGSM", () => {
  const sample = {
    image: Float32Array.of(0.5, 0.95, 0.5),
    label: 0,
    index: 0,
    logits: Float32Array.of(1, 0),
  };
  const attack = pgd(
      "fgsm",
      { ...standard, steps: 1, step_size: 0.1, random_start: false },
      target,
    ),
    state = attack.start(sample, 0);
  assertEquals(attack.request(state, sample).loss, "cross_entropy");
  const gradient = Float32Array.of(-3, 0.01, 0);
  attack.advance(state, { logits: Float32Array.of(1, 0), loss: 0, gradient }, sample);
  const { loss, point } = attack.request(state, sample);
  assertEquals(loss, undefined);
  [0.4, 1, 0.5].forEach((v, i) => assertAlmostEquals(point[i], v, 1e-6));
});

Deno.test("pgd() keep decides whether a misclassified iterate on the way counts", () => {
  const sample = { image: Float32Array.of(0.5), label: 0, index: 0, logits: Float32Array.of(1, 0) };
  for (const [keep, fooled] of [["last", false], ["best", true]] as const) {
    const attack = pgd("pgd3", { ...standard, steps: 3, keep }, target),
      state = attack.start(sample, 0);
    let outcome: Outcome | undefined;
    for (let i = 0; !outcome; i++) {
      const logits = Float32Array.of(i === 1 ? -1 : 1, 0);
      const gradient = Float32Array.of(1);
      outcome = attack.advance(state, { logits, loss: 0, gradient }, sample);
    }
    assertEquals(outcome.fooled, fooled);
  }
});

Deno.test("pgd() stays in the ball and the box, and its accuracy is that of its examples", async () => {
  const { engine, victim, images, labels } = await problem(30);
  using _engine = engine;
  using _victim = victim;
  const epsilon = 0.07;
  const result = await runPgd(victim, { images, labels, epsilon, settings: standard, seed: 1 });
  assertEquals(result.cleanAccuracy, 1);
  assert(result.robustAccuracy > 0 && result.robustAccuracy < 1, `${result.robustAccuracy}`);
  assert(distance(result.adversarial, images) <= epsilon);
  assert(result.adversarial.every((v) => v >= 0 && v <= 1));
  const again = await evaluateLogits(victim, { images: result.adversarial, labels });
  assertEquals(again.correct, result.robust);
});

Deno.test("pgd() neither the batch size nor the other images change a verdict", async () => {
  const whole = await problem(23, 23), parts = await problem(23, 4);
  using _a = whole.victim;
  using _b = parts.victim;
  const options = { epsilon: 0.07, settings: { ...standard, restarts: 3 }, seed: 1 };
  const { images, labels } = whole;
  const expected = await runPgd(whole.victim, { ...options, images, labels });
  const blocks = await runPgd(parts.victim, { ...options, images, labels });
  const timeless = ({ attacks: _, ...rest }: typeof expected) => rest;
  assertEquals(timeless(blocks), timeless(expected));
  const alone = await runPgd(parts.victim, {
    ...options,
    images: images.slice(7 * pixels, 8 * pixels),
    labels: [labels[7]],
    indices: [7],
  });
  assertEquals(alone.robust[0], expected.robust[7]);
  assertEquals(alone.adversarial, expected.adversarial.slice(7 * pixels, 8 * pixels));
});

Deno.test("pgd() more steps and restarts never raise the robust accuracy of a linear model", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const random = stream(4, "linear");
  const classifier = linearClassifier(
    image,
    random.fill(new Float32Array(pixels * 2), -1, 1),
    [0, 0],
  );
  using victim = createVictim({ engine, classifier, batchSize: 16 });
  const images = data(40, 0.2, 0.8), epsilon = 0.05;
  const { logits } = await evaluateLogits(victim, { images, labels: new Array(40).fill(0) });
  const labels = Array.from({ length: 40 }, (_, i) => logits[2 * i] >= logits[2 * i + 1] ? 0 : 1);
  const accuracy = async (settings: Partial<PgdSettings>) =>
    (await runPgd(victim, {
      images,
      labels,
      epsilon,
      settings: { ...standard, step_size: 0.01, random_start: false, ...settings },
      seed: 0,
    })).robustAccuracy;
  const found: number[] = [];
  for (const steps of [0, 1, 2, 4, 8]) found.push(await accuracy({ steps }));
  found.slice(1).forEach((value, i) => assert(value <= found[i], found.join(" ")));
  // with two classes the distance is known: with steps enough, PGD finds it
  const exact =
    labels.filter((y, i) =>
      linearDistance(classifier, images.subarray(i * pixels, (i + 1) * pixels), y, 1 - y) > epsilon
    ).length / 40;
  assert(exact > 0 && exact < 1);
  assertEquals(found[4], exact);
  assert(
    await accuracy({ restarts: 3, random_start: true }) <= await accuracy({ random_start: true }),
  );
});

Deno.test("pgd() one image, all misclassified, no images, a constant model", async () => {
  const { engine, victim, images, labels } = await problem(3);
  using _engine = engine;
  using _victim = victim;
  const options = { epsilon: 0.05, settings: standard, seed: 0 };
  const one = await runPgd(victim, {
    ...options,
    images: images.slice(0, pixels),
    labels: [labels[0]],
  });
  assertEquals(one.robust.length, 1);
  const wrong = labels.map((y) => (y + 1) % classes);
  const none = await runPgd(victim, { ...options, images, labels: wrong });
  assertEquals([none.cleanAccuracy, none.robustAccuracy], [0, 0]);
  assertEquals(none.adversarial, images);
  const empty = await runPgd(victim, { ...options, images: new Float32Array(0), labels: [] });
  assertEquals([empty.cleanAccuracy, empty.robust.length], [0, 0]);
  const flat = linearClassifier(image, new Float32Array(pixels * 4), [0, 0, 0, 0]);
  using constant = createVictim({ engine, classifier: flat, batchSize: 8 });
  assertEquals((await runPgd(constant, { ...options, images, labels: [0, 0, 1] })).robust, [
    true,
    true,
    false,
  ]);
});

Deno.test("pgd() refuses what the model does not take", async () => {
  const { engine, victim, images, labels } = await problem(2);
  using _engine = engine;
  using _victim = victim;
  const attempt = (change: Record<string, unknown>) => () =>
    runPgd(victim, { images, labels, epsilon: 0.1, settings: standard, seed: 0, ...change });
  const cases: [Record<string, unknown>, string][] = [
    [{ labels: [0, 4] }, "Cannot attack image 1: its label is 4, expected 0 to 3"],
    [{ labels: [0] }, "1 labels and images of 4x4x1 expect 16 values, found 32"],
    [{ images: images.map((v) => 2 * v) }, "expected [0, 1]; normalisation belongs inside"],
  ];
  for (const [change, text] of cases) await assertRejects(attempt(change), RangeError, text);
});

Deno.test("createVictim() a model of NaN weights is refused, and nothing leaks", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const before = engine.live();
  {
    const classifier = linearClassifier(image, new Float32Array(pixels * 4).fill(NaN), [
      0,
      0,
      0,
      0,
    ]);
    using victim = createVictim({ engine, classifier, batchSize: 2 });
    await assertRejects(
      () => evaluateLogits(victim, { images: data(2), labels: [0, 1] }),
      RangeError,
      "not finite",
    );
    victim.load(linearClassifier(image, new Float32Array(pixels * 4), [0, 0, 1, 0]).weights);
    assertEquals((await evaluateLogits(victim, { images: data(2), labels: [2, 1] })).accuracy, 0.5);
  }
  assertEquals(engine.live(), before);
});
