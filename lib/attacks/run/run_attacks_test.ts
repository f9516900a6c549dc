import { assert, assertEquals } from "@std/assert";
import { serialize } from "node:v8";
import { openEngine } from "../../engines/mod.ts";
import { stream } from "../../random/philox.ts";
import { hiddenClassifier, linearClassifier } from "../_linear_classifier.ts";
import { distance } from "../ball.ts";
import { evaluateLogits } from "../victim/evaluate.ts";
import { margin, predict } from "../logits.ts";
import type { RunAttacksOptions, RunAttacksResult } from "./options.ts";
import { runAttacks } from "./run_attacks.ts";
import { losses, planAutoAttack } from "../_rules.ts";
import type { AutoAttackSettings } from "../catalogue/autoattack.ts";
import { createVictim } from "../victim/create_victim.ts";

const image = [4, 4, 1] as const, pixels = 16, classes = 5, count = 16, epsilon = 0.045;
const settings: Partial<AutoAttackSettings> = {
  apgd_iterations: 12,
  apgd_targets: 9,
  fab_iterations: 8,
  fab_targets: 9,
  square_queries: 60,
};

interface Change extends Partial<RunAttacksOptions> {
  readonly version?: AutoAttackSettings["version"];
}

/** AutoAttack with few iterations on a small model that is right about all images but one. */
async function attack({ version, ...change }: Change = {}, batchSize = 8) {
  using engine = await openEngine({ kind: "cpu" });
  const classifier = hiddenClassifier(image, 12, classes, stream(9, "weights").uniform);
  using victim = createVictim({ engine, classifier, batchSize, losses });
  const images = stream(3, "images").fill(new Float32Array(count * pixels), 0, 1) as Float32Array<
    ArrayBuffer
  >;
  const { logits } = await evaluateLogits(victim, { images, labels: new Array(count).fill(0) });
  const labels = Array.from(
    { length: count },
    (_, i) => predict(logits.subarray(i * classes, (i + 1) * classes)),
  );
  labels[2] = (labels[2] + 1) % classes; // one that is wrong from the start
  const eot = version === "rand" ? 3 : undefined;
  const attacks = planAutoAttack(
    victim,
    { ...settings, version: version ?? "standard", eot },
    epsilon,
    1,
  );
  const result = await runAttacks(victim, { images, labels, epsilon, attacks, ...change });
  return { images, labels, result };
}

const timeless = ({ attacks, ...rest }: RunAttacksResult) => ({
  ...rest,
  attacks: attacks.map(({ seconds: _, ...record }) => record),
});

Deno.test("runAttacks() verdicts agree with a fresh pass, the ball, the box and its own records", async () => {
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
  using victim = createVictim({ engine, classifier, batchSize: 5, losses });
  const fresh = await evaluateLogits(victim, { images: result.adversarial, labels });
  assertEquals(fresh.correct, result.robust);
});

Deno.test("runAttacks() the batch size changes nothing", async () => {
  const small = await attack({}, 3), large = await attack({}, 64);
  assertEquals(timeless(small.result), timeless(large.result));
});

for (const version of ["standard", "plus", "rand"] as const) {
  Deno.test(`runAttacks() ${version} goes on from any checkpoint to the same result`, async () => {
    const checkpoints: Uint8Array<ArrayBuffer>[] = [];
    const { result } = await attack({
      version,
      checkpointEvery: 0,
      onCheckpoint: (bytes) => void checkpoints.push(bytes),
    });
    assert(checkpoints.length > 20);
    // some of them, evenly: the scheduler's tests go through all boundaries
    const step = Math.ceil(checkpoints.length / 6);
    for (let i = 0; i < checkpoints.length; i += step) {
      let told = 0;
      const resumed = await attack({
        version,
        resume: checkpoints[i],
        onResume: () => void told++,
      });
      assertEquals(told, 1);
      assertEquals(timeless(resumed.result), timeless(result));
    }
  });
}

Deno.test("runAttacks() takes nothing from damaged checkpoints and those of other runs", async () => {
  const kept: Uint8Array<ArrayBuffer>[] = [];
  const { result } = await attack({ onCheckpoint: (bytes) => void kept.push(bytes) });
  const good = kept[1], damaged = good.slice(0, good.length / 2);
  const cases: [string, Partial<RunAttacksOptions>, string][] = [
    ["cut", { resume: damaged }, "it cannot be read ("],
    ["empty", { resume: new Uint8Array() }, "it cannot be read ("],
    ["another model's", { resume: good, identity: "another" }, "it is of another run"],
    [
      "another epsilon's",
      { resume: good, epsilon: epsilon * 1.0000001 },
      "it is of another epsilon",
    ],
    ["an earlier form's", { resume: serialize({ format: 5 }) }, "it has the form of an earlier"],
    ["no checkpoint", { resume: serialize(null) }, "it has the form of an earlier"],
  ];
  for (const [name, change, why] of cases) {
    let told = 0;
    const reasons: string[] = [];
    const again = await attack({
      ...change,
      onResume: () => void told++,
      onRestart: (why) => void reasons.push(why),
    });
    assertEquals(told, 0, name);
    assertEquals(reasons.map((reason) => reason.slice(0, why.length)), [why], name);
    if (!change.epsilon) assertEquals(timeless(again.result), timeless(result), name);
  }
});

Deno.test("runAttacks() margins are the stored example's, or the lowest seen around a robust image", async () => {
  const { images, labels, result } = await attack();
  using engine = await openEngine({ kind: "cpu" });
  const classifier = hiddenClassifier(image, 12, classes, stream(9, "weights").uniform);
  using victim = createVictim({ engine, classifier, batchSize: 8, losses });
  const { logits } = await evaluateLogits(victim, { images: result.adversarial, labels });
  const clean = await evaluateLogits(victim, { images, labels });
  result.margins.forEach((found, i) => {
    const at = (z: Float32Array) => margin(z.subarray(i * classes, (i + 1) * classes), labels[i]);
    if (result.robust[i]) assert(found > 0 && found < at(clean.logits), `${i}`);
    else assert(found <= 0 && found === Math.fround(at(logits)), `${i}`);
  });
  assertEquals(result.zeroGradients, 0);
  assertEquals(result.logits, clean.logits);
});

Deno.test("runAttacks() progress rises to 1 and names the attack", async () => {
  const seen: number[] = [], names = new Set<string>();
  await attack({
    onProgress: ({ overall, attack, done, total, robust, estimate, count: all }) => {
      assert(done <= total && robust <= count && all === count);
      assert(estimate >= 0 && estimate <= robust / count + 1e-9);
      seen.push(overall);
      names.add(attack);
    },
  });
  seen.slice(1).forEach((value, i) => assert(value >= seen[i]));
  assert(Math.abs(seen[seen.length - 1] - 1) < 1e-12);
  assertEquals([...names], ["apgd-ce", "apgd-t", "fab-t", "square"]);
});

Deno.test("runAttacks() a constant model and one without correct images end at once", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const classifier = linearClassifier(image, new Float32Array(pixels * 5), [0, 0, 0, 0, 0]);
  using victim = createVictim({ engine, classifier, batchSize: 4, losses });
  const images = new Float32Array(2 * pixels).fill(0.5);
  const attacks = planAutoAttack(victim, settings, epsilon, 0);
  const run = (labels: number[]) => runAttacks(victim, { images, labels, epsilon, attacks });
  const constant = await run([0, 0]);
  assertEquals(constant.robust, [true, true]);
  assertEquals(constant.zeroGradients, 2);
  const wrong = await run([1, 2]);
  assertEquals(wrong.robust, [false, false]);
  assertEquals(wrong.attacks.map(({ robust_before }) => robust_before), [0, 0, 0, 0]);
});
