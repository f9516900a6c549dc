import { assert } from "@std/assert";
import { assertClose, relativeDifference } from "../../tests/close.ts";
import { engines } from "../../tests/engines.ts";
import type { Engine, HostData, Precision } from "../engines/engine.ts";
import { openEngine } from "../engines/mod.ts";
import { testNetwork } from "../../tests/networks.ts";
import { initialize } from "../models/initialize.ts";
import { stream } from "../random/philox.ts";
import { sizeOf } from "../tracing/graph.ts";
import type { Objective } from "./objectives.ts";
import { stepProgram } from "./step.ts";

const epsilon = 8 / 255;
const whole = { network: testNetwork({ activation: "gelu", width: 8 }), batchSize: 16 };

/** Objectives and the least cosine; FGSM's images themselves change where a gradient's sign does. */
const cases: [Objective, number][] = [
  [{ kind: "igr", lambda: 1.5, epsilon }, 0.99],
  [{ kind: "fgsm", epsilon, step_size: epsilon, start: "zero" }, 0.98],
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
    sgd: { momentum: 0.9, nesterov: false, weight_decay: 0 },
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
      `stepProgram() of ${objective.kind} in bf16 has float32's gradients but for a small angle [${pjrt.label}]`,
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
  { kind: "igr", lambda: 0, epsilon },
  { kind: "igr", lambda: 1.5, epsilon: 0 },
  { kind: "fgsm", epsilon: 0, step_size: 0, start: "zero" },
  { kind: "fgsm", epsilon: 0, step_size: epsilon, start: "random" },
];

Deno.test("stepProgram() without lambda or epsilon has natural training's gradients", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const small = { network: testNetwork({ activation: "gelu", width: 1 }), batchSize: 2 };
  const of = (objective: Objective) => gradients(engine, objective, undefined, small);
  const natural = await of({ kind: "natural" });
  for (const objective of nothing) {
    assertClose(await of(objective), natural, 1e-6, { label: JSON.stringify(objective) });
  }
  assert(relativeDifference(await of({ kind: "igr", lambda: 1.5, epsilon }), natural) > 1e-3);
  const step = { kind: "fgsm", epsilon, step_size: epsilon, start: "zero" } as const;
  assert(relativeDifference(await of(step), natural) > 1e-3);
});
