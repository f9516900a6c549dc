import { assert } from "@std/assert";
import { engines } from "../../tests/engines.ts";
import type { Engine, HostData, Precision } from "../engines/engine.ts";
import { modelCard } from "../models/card.ts";
import { initialize } from "../models/initialize.ts";
import { stream } from "../random/philox.ts";
import { sizeOf } from "../tracing/graph.ts";
import type { Objective } from "./objectives.ts";
import { stepProgram } from "./step.ts";

const epsilon = 8 / 255, batchSize = 16;
const card = modelCard({ activation: "gelu", width: 8 });

/** Objectives and the least cosine; FGSM's images themselves change where a gradient's sign does. */
const cases: [Objective, number][] = [
  [{ kind: "igr", lambda: 1.5, epsilon }, 0.99],
  [{ kind: "fgsm", epsilon, step_size: epsilon, start: "zero" }, 0.98],
];

/** The gradients of the first step, which fresh momentum is, of all variables. */
async function gradients(engine: Engine, objective: Objective, precision?: Precision) {
  const program = stepProgram({
    card,
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
  for (const [name, { data }] of Object.entries(initialize(card, 3))) {
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
