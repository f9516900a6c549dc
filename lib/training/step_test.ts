import { assert } from "@std/assert";
import { assertClose, relativeDifference } from "../../tests/close.ts";
import { engines } from "../../tests/engines.ts";
import type { Engine, HostData, Precision } from "../engines/engine.ts";
import { openEngine } from "../engines/mod.ts";
import { testNetwork } from "../../tests/networks.ts";
import { initialize } from "../models/initialize.ts";
import { stream } from "../random/philox.ts";
import { sizeOf } from "../tracing/graph.ts";
import { type Objective, objectiveOf } from "./method.ts";
import { method as fgsm } from "./methods/fgsm.ts";
import { method as igr } from "./methods/igr.ts";
import { method as natural } from "./methods/natural.ts";
import { stepProgram } from "./step.ts";

const epsilon = 8 / 255;
const whole = { network: testNetwork({ activation: "gelu", width: 8 }), batchSize: 16 };

/** Objectives and the least cosine; FGSM's images themselves change where a gradient's sign does. */
const cases: [Objective, number][] = [
  [objectiveOf(igr, { lambda: 1.5, epsilon, ramp_epochs: 0 }), 0.99],
  [objectiveOf(fgsm, { epsilon, step_size: epsilon, start: "zero" }), 0.98],
];

/** The gradients of the first step, which fresh momentum is, of all variables. */
async function gradients(
  engine: Engine,
  objective: Objective,
  precision?: Precision,
  { network, batchSize } = whole,
) {
  const program = stepProgram({
    network,
    objective,
    optimizer: { momentum: 0.9, nesterov: false, weight_decay: 0 },
    batchSize,
    batchNorm: { mode: "train", momentum: 0.1 },
    precision,
  });
  const images = new Float32Array(batchSize * 32 * 32 * 3);
  stream(0n, "step test").fill(images, 0, 1);
  const given: Record<string, HostData> = {
    images,
    labels: Int32Array.from({ length: batchSize }, (_, i) => i % 10),
    learning_rate: Float32Array.of(0.1),
  };
  for (const [name, { data }] of Object.entries(initialize(network, 3))) {
    for (const kind of ["weight", "statistic"]) given[`${kind}/${name}`] = data;
  }
  const inputs = Object.fromEntries(
    Object.entries(program.inputs).map(([name, spec]) => [
      name,
      engine.put(given[name] ?? new Float32Array(sizeOf(spec.shape)), spec),
    ]),
  );
  using executable = await engine.compile(program);
  const outputs = await executable.run(inputs);
  const found: number[] = [];
  for (const [name, value] of Object.entries(outputs)) {
    if (name.startsWith("momentum/")) found.push(...await engine.read(value));
  }
  Object.values({ ...inputs, ...outputs }).forEach((value) => value[Symbol.dispose]());
  return found;
}

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
};

const [, pjrt] = await engines();
for (const [objective, least] of cases) {
  Deno.test({
    name:
      `stepProgram() of ${objective.name} in bf16 has float32's gradients but for a small angle [${pjrt.label}]`,
    ignore: pjrt.ignore,
    fn: async () => {
      using engine = await pjrt.open();
      const exact = await gradients(engine, objective);
      const rounded = await gradients(engine, objective, "bf16");
      const found = cosine(exact, rounded);
      assert(found > least && found < 1 - 1e-5, `cosine ${found}`);
    },
  });
}

/** Objectives that add nothing to the cross-entropy of the images as they are. */
const nothing: readonly Objective[] = [
  objectiveOf(igr, { lambda: 0, epsilon, ramp_epochs: 0 }),
  objectiveOf(igr, { lambda: 1.5, epsilon: 0, ramp_epochs: 0 }),
  objectiveOf(fgsm, { epsilon: 0, step_size: 0, start: "zero" }),
  objectiveOf(fgsm, { epsilon: 0, step_size: epsilon, start: "random" }),
];

Deno.test("stepProgram() without lambda or epsilon has natural training's gradients", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const small = { network: testNetwork({ activation: "gelu", width: 1 }), batchSize: 2 };
  const of = (objective: Objective) => gradients(engine, objective, undefined, small);
  const plain = await of(objectiveOf(natural, {}));
  for (const objective of nothing) {
    assertClose(await of(objective), plain, 1e-6, { label: objective.name });
  }
  assert(relativeDifference(await of(cases[0][0]), plain) > 1e-3);
  assert(relativeDifference(await of(cases[1][0]), plain) > 1e-3);
});
