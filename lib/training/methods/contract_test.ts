/** The contract of training methods, to which every file of this folder is held. */
import { assert, assertEquals } from "@std/assert";
import { assertClose } from "../../../tests/close.ts";
import { testNetwork } from "../../../tests/networks.ts";
import { openEngine } from "../../engines/mod.ts";
import { activation } from "../../models/activations/gelu.ts";
import { architecture } from "../../models/architectures/small_cnn.ts";
import { modelCard } from "../../models/card.ts";
import { createNetwork } from "../../models/network.ts";
import { loadRules } from "../../rules/mod.ts";
import type { Issue } from "../../schema.ts";
import { tf } from "../../tensorflow/mod.ts";
import { sizeOf } from "../../tracing/graph.ts";
import { trace } from "../../tracing/trace.ts";
import type { ByteImages } from "../device_images.ts";
import { type Method, objectiveOf } from "../method.ts";
import type { Recipe } from "../recipe.ts";
import { stateSpecs, stepProgram, totalNames } from "../step.ts";
import { train } from "../train.ts";
import { curved, given, numbers, openProblem, shape } from "./_problem.ts";

/** Where two sums of float32 that should be the same may differ, relative to their norm. */
const rounding = 1e-5;
/** Steps along a direction of unit length by which a loss is differentiated. */
const distance = 2 ** -5;

/** What every method is trained with, at the size of a moment. */
const small = createNetwork({
  card: modelCard(architecture, activation, { filters: 2 }),
  architecture,
  activation,
  classes: 2,
  image: [4, 4, 3],
});
const recipe: Recipe = {
  epochs: 2,
  batch_size: 8,
  momentum: 0.9,
  nesterov: false,
  weight_decay: 5e-4,
  schedule: { kind: "piecewise", learning_rate: 0.05, milestones: [], factor: 1 },
  augmentation: { crop_padding: 0, flip: true },
  batch_norm: { mode: "train", momentum: 0.1 },
  probe_images: 4,
};

/** Images whose rows are dark and bright in turn, the first of them by the class. */
const striped = (count: number): ByteImages => ({
  image: [4, 4, 3],
  labels: Int32Array.from({ length: count }, (_, i) => i % 2),
  pixels: Uint8Array.from(
    { length: count * 48 },
    (_, i) => (Math.floor(i / 12) + Math.floor(i / 48)) % 2 ? 160 + i % 50 : 50 + i % 50,
  ),
});

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

for (const [name, method] of Object.entries(await loadRules<Method>("method"))) {
  const objective = objectiveOf(method, method.defaults);
  const { parameters, defaults, strength, title, source } = method;

  Deno.test(`method ${name} has what names, profiles and errors are made of`, async () => {
    for (const text of [title, source]) assert(text.trim() === text && text !== "");
    const issues: Issue[] = [];
    assertEquals([parameters(defaults, "", issues), issues], [defaults, []]);
    parameters({ ...defaults as object, other: 1 }, "", issues);
    assertEquals(issues.map(({ path }) => path), ["other"]);
    if (strength !== undefined) assert(Object.hasOwn(defaults as object, strength));
    const { noise, rampEpochs, repeats } = objective.inputs;
    assert(Number.isInteger(noise) && noise >= 0 && Number.isInteger(repeats) && repeats >= 1);
    assert(rampEpochs >= 0);
    const file = new URL(`${name.replaceAll("-", "_")}.ts`, import.meta.url);
    const heavy = /^import (?!type )[^;]*tensorflow/m.exec(await Deno.readTextFile(file));
    assertEquals(heavy?.[0], undefined, "commands that print names would load TensorFlow.js");
  });

  Deno.test(`method ${name} makes a training step of its state and inputs`, () => {
    const network = testNetwork({ activation: "softplus", width: 1 }), batchSize = 2;
    const program = stepProgram({
      network,
      objective,
      optimizer: { momentum: 0.9, nesterov: false, weight_decay: 0 },
      batchSize,
      batchNorm: { mode: "train", momentum: 0.1 },
    });
    const { parameters, results } = trace(program);
    const state = stateSpecs(network, objective.state([batchSize, ...network.image]));
    assertEquals(Object.keys(results), Object.keys(state));
    for (const [name, { shape }] of Object.entries(state)) {
      assertEquals(parameters[name].shape, shape, name);
    }
    assertEquals(state.totals.shape, [totalNames.length]);
  });

  Deno.test(`method ${name} has the gradient of what it minimises`, async () => {
    using engine = await openEngine({ kind: "cpu" });
    using whole = await openProblem(engine, objective, curved);
    const weights = given(objective, curved), names = Object.keys(curved.weights);
    const { input, loss, ...found } = await whole.run();
    const gradient = names.flatMap((name) => found[`gradient/${name}`]);
    const length = Math.hypot(...gradient);
    assert(length > 0.01, `a gradient of ${length} would show nothing`);
    // what was made before the loss counts as constant
    const made = Object.entries({ input, ...found })
      .filter(([name]) => name === "input" || name.startsWith("constant/"));
    const { constants, perturb } = objective;
    using rest = await openProblem(engine, {
      ...objective,
      state: (images) => ({
        ...objective.state(images),
        ...Object.fromEntries(made.map(([name]) => [name, whole.shapes[name]])),
      }),
      ...constants && {
        constants: ({ state }) =>
          Object.fromEntries(
            Object.entries(state).map(([name, value]) => [name.replace("constant/", ""), value]),
          ),
      },
      ...perturb && { perturb: ({ state }) => state.input },
    }, curved);
    const fixed = Object.fromEntries(
      made.map(([name, values]) => [`method/${name}`, Float32Array.from(values)]),
    );
    const lossAt = async (direction: readonly number[], by: number) => {
      let at = 0;
      const moved = names.map((name) => [
        name,
        Float32Array.from(weights[name], (weight) => weight + by * direction[at++]),
      ]);
      const { loss } = await rest.run({ ...Object.fromEntries(moved), ...fixed });
      return loss[0];
    };
    assertClose([await lossAt(gradient, 0)], loss, rounding, { label: "loss" });
    const random = [...numbers("direction", [gradient.length])];
    for (const direction of [gradient, random]) {
      const unit = direction.map((value) => value / Math.hypot(...direction));
      const difference = async (by: number) => await lossAt(unit, by) - await lossAt(unit, -by);
      // of fourth order: what is left is rounding
      const slope = (8 * await difference(distance) - await difference(2 * distance)) /
        (12 * distance);
      const wrong = Math.abs(slope - dot(gradient, unit)) / length;
      assert(wrong < 2e-4, `${slope} instead of ${dot(gradient, unit)}`);
    }
  });

  Deno.test(`method ${name} makes images to train on, and classifies them`, async () => {
    // the published form of some leaves [0, 1]; they can be told not to
    const clipped = Object.hasOwn(defaults as object, "clip")
      ? objectiveOf(method, { ...defaults as object, clip: true })
      : objective;
    using engine = await openEngine({ kind: "cpu" });
    using problem = await openProblem(engine, clipped, curved);
    const { input, correct } = await problem.run();
    assert(input.every((pixel) => pixel >= 0 && pixel <= 1));
    assert(Number.isInteger(correct[0]) && correct[0] >= 0 && correct[0] <= shape[0]);
  });

  Deno.test(`method ${name} is finite where the loss does not depend on the image`, async () => {
    using engine = await openEngine({ kind: "cpu" });
    using problem = await openProblem(engine, objective, curved);
    const found = await problem.run({ matrix: new Float32Array(sizeOf(curved.weights.matrix)) });
    for (const [name, values] of Object.entries(found)) assert(values.every(Number.isFinite), name);
  });

  Deno.test(`method ${name} trains a small network for two epochs, and leaves no tensor`, async () => {
    const before = tf.memory().numTensors;
    using engine = await openEngine({ kind: "cpu" });
    const { history, steps } = await train(engine, {
      network: small,
      objective,
      recipe,
      training: striped(32),
      heldOut: striped(8),
      epsilon: 8 / 255,
      seed: 3,
    });
    assertEquals(steps, 2 * 4 * objective.inputs.repeats);
    const [first, second] = history;
    assert(second.train_loss < first.train_loss, JSON.stringify(history));
    assertEquals([engine.live(), tf.memory().numTensors], [0, before]);
  });
}
