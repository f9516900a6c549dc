/** The contract of training methods, to which every file of this folder is held. */
import { assert, assertEquals } from "@std/assert";
import { assertClose } from "../../../tests/close.ts";
import { engines } from "../../../tests/engines.ts";
import { testNetwork } from "../../../tests/networks.ts";
import { openEngine } from "../../engines/mod.ts";
import { loadRules } from "../../rules/mod.ts";
import type { Issue } from "../../schema.ts";
import { trace } from "../../tracing/trace.ts";
import { type Method, objectiveOf } from "../method.ts";
import { stateSpecs, stepProgram, totalNames } from "../step.ts";
import { curved, given, numbers, openProblem, shape } from "./_problem.ts";

/** Where two sums of float32 that should be the same may differ, relative to their norm. */
const rounding = 1e-5;
/** Steps along a direction of unit length by which a loss is differentiated. */
const distance = 2 ** -5;

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
    // the images that were made count as constants
    const images = Float32Array.from(input);
    const made = { ...objective, perturb: undefined };
    using rest = await openProblem(engine, {
      ...made,
      ...objective.perturb && { perturb: ({ noise }) => noise[objective.inputs.noise] },
      inputs: { ...objective.inputs, noise: objective.inputs.noise + 1 },
    }, curved);
    const last = objective.inputs.noise === 0 ? "noise" : `noise${objective.inputs.noise + 1}`;
    const lossAt = async (direction: readonly number[], by: number) => {
      let at = 0;
      const moved = names.map((name) => [
        name,
        Float32Array.from(weights[name], (weight) => weight + by * direction[at++]),
      ]);
      const { loss } = await rest.run({ ...Object.fromEntries(moved), [last]: images });
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

  for (const { label, ignore, open } of (await engines()).slice(1)) {
    Deno.test({
      name: `method ${name} computes on ${label} what it does on cpu`,
      ignore,
      fn: async () => {
        using cpu = await openEngine({ kind: "cpu" });
        using expected = await openProblem(cpu, objective, curved);
        using engine = await open();
        using compiled = await openProblem(engine, objective, curved);
        const wanted = await expected.run(), found = await compiled.run();
        assertEquals(Object.keys(found).toSorted(), Object.keys(wanted).toSorted());
        for (const [name, values] of Object.entries(wanted)) {
          assertClose(found[name], values, rounding, { label: name });
        }
      },
    });
  }

  Deno.test(`method ${name} trains on images`, async () => {
    using engine = await openEngine({ kind: "cpu" });
    using problem = await openProblem(engine, objective, curved);
    const { input, correct } = await problem.run();
    assert(input.every((pixel) => pixel >= 0 && pixel <= 1));
    assert(Number.isInteger(correct[0]) && correct[0] >= 0 && correct[0] <= shape[0]);
  });
}
