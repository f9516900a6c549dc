import { assert, assertEquals, assertRejects } from "@std/assert";
import { openEngine } from "../engines/mod.ts";
import { stream } from "../random/philox.ts";
import { hiddenClassifier, linearClassifier } from "./_linear_classifier.ts";
import {
  autoAttack,
  type AutoAttackOptions,
  type AutoAttackResult,
  type AutoAttackState,
  standard,
  standardAttacks,
} from "./autoattack.ts";
import { distance } from "./ball.ts";
import { evaluateLogits } from "./evaluate.ts";
import { predict } from "./logits.ts";
import { createVictim } from "./victim.ts";

const image = [4, 4, 1] as const, pixels = 16, classes = 5, count = 16, epsilon = 0.045;
const settings = {
  apgd_iterations: 12,
  apgd_targets: 9,
  fab_iterations: 8,
  fab_targets: 9,
  square_queries: 60,
};

async function attack(change: Partial<AutoAttackOptions> = {}, batchSize = 8) {
  using engine = await openEngine({ kind: "cpu" });
  const classifier = hiddenClassifier(image, 12, classes, stream(9, "weights").uniform);
  using victim = createVictim({ engine, classifier, batchSize });
  const images = stream(3, "images").fill(new Float32Array(count * pixels), 0, 1) as Float32Array<
    ArrayBuffer
  >;
  const { logits } = await evaluateLogits(victim, { images, labels: new Array(count).fill(0) });
  const labels = Array.from(
    { length: count },
    (_, i) => predict(logits.subarray(i * classes, (i + 1) * classes)),
  );
  labels[2] = (labels[2] + 1) % classes; // one that is wrong from the start
  const result = await autoAttack(victim, {
    images,
    labels,
    epsilon,
    settings,
    seed: 1,
    ...change,
  });
  return { images, labels, result };
}

const timeless = ({ attacks, ...rest }: AutoAttackResult) => ({
  ...rest,
  attacks: attacks.map(({ seconds: _, ...record }) => record),
});

Deno.test("standardAttacks() order and evaluations are the published ones", () => {
  const attacks = standardAttacks({ classes: 10, image: [32, 32, 3] }, standard, 8 / 255, 0);
  assertEquals(attacks.map(({ name }) => name), ["apgd-ce", "apgd-t", "fab-t", "square"]);
  assertEquals(attacks.map(({ variants }) => variants), [1, 9, 9, 1]);
  assertEquals(attacks.map(({ evaluations }) => evaluations), [101, 101, 200, 5001]);
  assertEquals(attacks.map(({ cost }) => cost), [303, 2727, 3600, 5001]);
});

Deno.test("autoAttack() verdicts agree with a fresh pass, the ball, the box and its own records", async () => {
  const { images, labels, result } = await attack();
  assert(result.robustAccuracy > 0 && result.robustAccuracy < result.cleanAccuracy);
  assert(distance(result.adversarial, images) <= epsilon);
  assert(result.adversarial.every((v) => v >= 0 && v <= 1));
  assertEquals(result.cleanAccuracy, (count - 1) / count);
  assertEquals(result.attacks[0].robust_before, count - 1);
  assertEquals(result.attacks[3].robust_after, result.robust.filter(Boolean).length);
  result.attacks.slice(1).forEach((record, i) =>
    assertEquals(record.robust_before, result.attacks[i].robust_after)
  );
  for (const [i, name] of result.brokenBy.entries()) {
    assertEquals(name !== null, result.clean[i] && !result.robust[i]);
    const at = (x: Float32Array) => x.slice(i * pixels, (i + 1) * pixels);
    if (name === null) assertEquals(at(result.adversarial), at(images));
  }
  using engine = await openEngine({ kind: "cpu" });
  const classifier = hiddenClassifier(image, 12, classes, stream(9, "weights").uniform);
  using victim = createVictim({ engine, classifier, batchSize: 5 });
  const fresh = await evaluateLogits(victim, { images: result.adversarial, labels });
  assertEquals(fresh.correct, result.robust);
});

Deno.test("autoAttack() the batch size changes nothing", async () => {
  const small = await attack({}, 3), large = await attack({}, 64);
  assertEquals(timeless(small.result), timeless(large.result));
});

Deno.test("autoAttack() goes on from the state after any attack to the same result", async () => {
  const states: AutoAttackState[] = [];
  const keep = (state: AutoAttackState) => {
    states.push(structuredClone(state));
  };
  const { result } = await attack({ onState: keep });
  assertEquals(states.length, 4);
  for (const state of states) {
    assertEquals(timeless((await attack({ state })).result), timeless(result));
  }
});

Deno.test("autoAttack() progress rises to 1 and names the attack", async () => {
  const seen: number[] = [], names = new Set<string>();
  await attack({
    onProgress: (overall, { attack, done, total, robust }) => {
      assert(done <= total && robust <= count);
      seen.push(overall);
      names.add(attack);
    },
  });
  seen.slice(1).forEach((value, i) => assert(value >= seen[i]));
  assert(Math.abs(seen[seen.length - 1] - 1) < 1e-12);
  assertEquals([...names], ["apgd-ce", "apgd-t", "fab-t", "square"]);
});

Deno.test("autoAttack() a constant model and one without correct images end at once", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const classifier = linearClassifier(image, new Float32Array(pixels * 5), [0, 0, 0, 0, 0]);
  using victim = createVictim({ engine, classifier, batchSize: 4 });
  const images = new Float32Array(2 * pixels).fill(0.5);
  const robust = async (labels: number[]) =>
    (await autoAttack(victim, { images, labels, epsilon, settings, seed: 0 })).robust;
  assertEquals(await robust([0, 0]), [true, true]);
  assertEquals(await robust([1, 2]), [false, false]);
});

Deno.test("autoAttack() refuses fewer than four classes", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const classifier = linearClassifier(image, new Float32Array(pixels * 3), [0, 0, 0]);
  using victim = createVictim({ engine, classifier, batchSize: 4 });
  const images = new Float32Array(pixels).fill(0.5);
  await assertRejects(
    () => autoAttack(victim, { images, labels: [0], epsilon, settings, seed: 0 }),
    RangeError,
    "Cannot run apgd-t on 3 classes: the targeted DLR loss needs at least 4",
  );
});
