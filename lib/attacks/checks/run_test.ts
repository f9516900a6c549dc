import { assert, assertEquals } from "@std/assert";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { openEngine } from "../../engines/mod.ts";
import type { Classifier } from "../../models/classifier.ts";
import { stream } from "../../random/philox.ts";
import { tf } from "../../tensorflow/mod.ts";
import { hiddenClassifier } from "../_linear_classifier.ts";
import { losses, planAutoAttack, planOne, singles } from "../_rules.ts";
import { few } from "../catalogue/_random_problem.ts";
import type { AutoAttackSettings } from "../catalogue/autoattack.ts";
import { checkVerdicts } from "./mod.ts";
import { evaluateLogits } from "../victim/evaluate.ts";
import { predict } from "../logits.ts";
import { runAttacks } from "../run/run_attacks.ts";
import { createVictim } from "../victim/create_victim.ts";

const shape = [4, 4, 1] as const, size = 16, classes = 5, count = 12, epsilon = 0.05;
const sound = hiddenClassifier(shape, 12, classes, stream(9, "weights").uniform);

/** Attacks a model; images are labelled as the model says. */
async function attack(
  classifier: Classifier,
  attacks: string[],
  settings: Partial<AutoAttackSettings> = {},
  steps = 0,
) {
  using engine = await openEngine({ kind: "cpu" });
  using victim = createVictim({ engine, classifier, batchSize: 5, losses });
  const images = stream(3, "images").fill(new Float32Array(count * size), 0, 1) as Float32Array<
    ArrayBuffer
  >;
  const { logits } = await evaluateLogits(victim, { images, labels: new Uint8Array(count) });
  const labels = Array.from(
    { length: count },
    (_, i) => predict(logits.subarray(i * classes, (i + 1) * classes)),
  );
  const plan = planAutoAttack(
    victim,
    { ...few, ...settings, version: "custom", attacks },
    epsilon,
    1,
  );
  if (steps > 0) {
    const settings = { steps, step_size: 0.01, random_start: true, restarts: 3, keep: "best" };
    plan.push(planOne("pgd50", settings, { classes, image: shape, epsilon, seed: 1 }));
  }
  const result = await runAttacks(victim, { images, labels, epsilon, attacks: plan });
  return { result, flags: checkVerdicts(result, { attacks: singles }).map(({ flag }) => flag) };
}

/** The sound model behind a step in its input that lets no gradient through. */
const quantized: Classifier = {
  ...sound,
  logits: (weights, x) =>
    sound.logits(
      weights,
      tf.customGrad((x) => ({
        value: tf.div(tf.round(tf.mul(x as Tensor4D, 64)), 64),
        gradFunc: () => tf.zerosLike(x as Tensor4D),
      }))(x) as Tensor4D,
    ),
};

Deno.test("checkVerdicts() of a sound model's attacks finds nothing", async () => {
  const { result, flags } = await attack(sound, ["apgd-ce", "apgd-t", "fab-t", "square"], {
    apgd_iterations: 30,
    apgd_targets: 4,
  }, 5);
  assert(result.robustAccuracy > 0 && result.robustAccuracy < 1);
  assertEquals(flags, []);
});

Deno.test("checkVerdicts() of a model without gradients: they are zero, and Square beats them", async () => {
  const { result, flags } = await attack(quantized, ["apgd-ce", "apgd-t", "square"], {
    square_queries: 300,
  });
  assertEquals(flags, ["zero-gradients", "square-beats-gradients"]);
  assertEquals(result.zeroGradients, count);
});

Deno.test("checkVerdicts() of a hardly run AutoAttack: PGD beats it", async () => {
  const { flags } = await attack(sound, ["apgd-t"], { apgd_iterations: 1, apgd_targets: 1 }, 20);
  assertEquals(flags, ["pgd-beats-autoattack"]);
});

Deno.test("checkVerdicts() of a random model: its examples do not fool it again", async () => {
  let passes = 0;
  const flaky: Classifier = {
    ...sound,
    logits(weights, x) {
      const z = sound.logits(weights, x);
      return tf.add(z, tf.randomNormal(z.shape, 0, 3, "float32", ++passes)) as Tensor2D;
    },
  };
  const { flags } = await attack(flaky, ["apgd-ce"]);
  assert(flags.includes("recomputed-differs"));
});
