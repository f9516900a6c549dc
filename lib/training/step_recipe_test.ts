import { assert, assertEquals } from "@std/assert";
import { assertClose } from "../../tests/close.ts";
import { smallNetwork } from "../../tests/networks.ts";
import type { Engine, HostData } from "../engines/engine.ts";
import { openEngine } from "../engines/mod.ts";
import { initialize } from "../models/initialize.ts";
import { stream } from "../random/philox.ts";
import { tf } from "../tensorflow/mod.ts";
import { sizeOf } from "../tracing/graph.ts";
import { clipGradients } from "./gradient_clip.ts";
import { objectiveOf } from "./method.ts";
import { method as natural } from "./methods/natural.ts";
import { stepProgram } from "./step.ts";
import type { StepRecipe } from "./step_recipe.ts";
import { smooth } from "./targets.ts";

const network = smallNetwork("gelu"), batchSize = 2, rate = 0.125;
const initial = initialize(network, 3);

/** The state after a step from the initial weights, whose average starts at 1. */
async function after(engine: Engine, recipe?: StepRecipe, weight_decay = 0) {
  const program = stepProgram({
    network,
    objective: objectiveOf(natural, {}),
    optimizer: { momentum: 0, nesterov: false, weight_decay },
    recipe,
    batchSize,
    batchNorm: { mode: "train", momentum: 0.1 },
  });
  const images = new Float32Array(batchSize * 32 * 32 * 3);
  stream(0n, "recipe test").fill(images, 0, 1);
  const given: Record<string, HostData> = {
    images,
    labels: Int32Array.of(1, 7),
    learning_rate: Float32Array.of(rate),
  };
  for (const [name, { data }] of Object.entries(initial)) {
    given[`weight/${name}`] = data;
    given[`average/weight/${name}`] = new Float32Array(data.length).fill(1);
  }
  const inputs = Object.fromEntries(
    Object.entries(program.inputs).map(([name, spec]) => [
      name,
      engine.put(given[name] ?? new Float32Array(sizeOf(spec.shape)), spec),
    ]),
  );
  using executable = await engine.compile(program);
  const outputs = await executable.run(inputs), read: Record<string, HostData> = {};
  for (const [name, value] of Object.entries(outputs)) read[name] = await engine.read(value);
  Object.values({ ...inputs, ...outputs }).forEach((value) => value[Symbol.dispose]());
  return read;
}

/** How far a step went, over all weights. */
const distance = (state: Readonly<Record<string, HostData>>) =>
  Math.hypot(
    ...Object.entries(initial).flatMap(([name, { data }]) =>
      Array.from(data, (before, i) => state[`weight/${name}`][i] - before)
    ),
  );

Deno.test("stepProgram() without additions of a recipe is the same program as without a recipe", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const plain = await after(engine), all = await after(engine, { weight_decay_on: "all" });
  assertEquals(all, plain);
  assertEquals(await after(engine, { label_smoothing: 0 }), plain);
});

Deno.test("stepProgram() with gradient_clip takes a step of that length, and a shorter one as it is", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const plain = await after(engine), norm = distance(plain) / rate;
  const short = await after(engine, { gradient_clip: norm / 8 });
  const label = "length of the step";
  assertClose([distance(short)], [distance(plain) / 8], 1e-5, { label });
  const long = await after(engine, { gradient_clip: norm * 8 });
  assertClose([distance(long)], [distance(plain)], 0, { label });
});

Deno.test("stepProgram() with weight_average moves the average towards the weights after the step", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const state = await after(engine, { weight_average: { decay: 0.75 } });
  for (const name of Object.keys(initial)) {
    const expected = Array.from(state[`weight/${name}`], (weight) => 0.75 + 0.25 * weight);
    assertClose(state[`average/weight/${name}`], expected, 1e-6, { label: name });
  }
});

Deno.test("stepProgram() with weight_decay_on kernels leaves biases without decay", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const plain = await after(engine), decay = 0.5;
  const all = await after(engine, {}, decay);
  const kernels = await after(engine, { weight_decay_on: "kernels" }, decay);
  const biases = Object.keys(initial).filter((name) => name.endsWith(".bias"));
  assert(biases.length > 0);
  for (const name of Object.keys(initial)) {
    const expected = biases.includes(name) ? plain : all, key = `weight/${name}`;
    assertEquals(kernels[key], expected[key], name);
  }
});

Deno.test("stepProgram() with label_smoothing has another loss, and counts by the label itself", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const [plain, smoothed] = [
    await after(engine),
    await after(engine, { label_smoothing: 0.1 }),
  ];
  assert(plain.totals[0] !== smoothed.totals[0]);
  assertEquals(plain.totals[3], smoothed.totals[3]);
});

Deno.test("smooth() spreads a share over all classes, the label's own among them", async () => {
  await tf.setBackend("cpu");
  const labels = tf.tensor2d([[0, 1, 0, 0]]);
  assertClose(smooth(labels, 0.2).dataSync(), [0.05, 0.85, 0.05, 0.05], 1e-6, { label: "labels" });
});

Deno.test("clipGradients() scales by the norm of all variables, as PyTorch does", async () => {
  await tf.setBackend("cpu");
  const clipped = clipGradients({ a: tf.tensor1d([3, 0]), b: tf.scalar(-4) }, 1);
  assertClose(clipped.a.dataSync(), [0.6, 0], 1e-6, { label: "a" });
  assertClose(clipped.b.dataSync(), [-0.8], 1e-6, { label: "b" });
});
