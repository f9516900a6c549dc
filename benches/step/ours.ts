/** Our half of the benchmark: training steps on an engine. @module */
import type { Engine, Precision, Values } from "../../lib/engines/mod.ts";
import type { Activation } from "../../lib/models/activations.ts";
import { modelCard } from "../../lib/models/card.ts";
import { initialize } from "../../lib/models/initialize.ts";
import type { Objective } from "../../lib/training/objectives.ts";
import { stateSpecs, stepProgram } from "../../lib/training/step.ts";

const epsilon = 8 / 255;
/** What is timed, by method. */
export const objectives: Record<string, Objective> = {
  natural: { kind: "natural" },
  igr: { kind: "igr", lambda: 1.5, epsilon },
  fgsm: { kind: "fgsm", epsilon, step_size: epsilon, start: "zero" },
};

/** One of our training steps, ready to be taken again and again. */
export async function prepare(
  engine: Engine,
  objective: Objective,
  activation: Activation,
  { width, batch, precision }: { width: number; batch: number; precision?: Precision },
) {
  const card = modelCard({ activation, width });
  const start = performance.now();
  const executable = await engine.compile(stepProgram({
    card,
    objective,
    sgd: { momentum: 0.9, nesterov: false, weight_decay: 5e-4 },
    batchSize: batch,
    batchNorm: { mode: "train", momentum: 0.1 },
    precision,
  }));
  const compiled = performance.now() - start;
  const initial = initialize(card, 0);
  let state: Values = {};
  for (const [name, spec] of Object.entries(stateSpecs(card))) {
    const zeros = new Float32Array(spec.shape.reduce((product, n) => product * n, 1));
    const tensor = name.startsWith("momentum/")
      ? undefined
      : initial[name.slice(name.indexOf("/") + 1)];
    state[name] = engine.put(tensor?.data ?? zeros, spec);
  }
  const pixels = Float32Array.from({ length: batch * 3072 }, () => Math.random());
  const labels = Int32Array.from({ length: batch }, (_, i) => (7 * i) % 10);
  return {
    compiled,
    /** Takes a step; resolves to milliseconds when its loss has arrived on the host. */
    async step(): Promise<number> {
      const start = performance.now();
      const batchValues = {
        images: engine.put(pixels, { shape: [batch, 32, 32, 3], dtype: "float32" }),
        labels: engine.put(labels, { shape: [batch], dtype: "int32" }),
        learning_rate: engine.put(Float32Array.of(0.01), { shape: [], dtype: "float32" }),
      };
      state = await executable.run({ ...state, ...batchValues });
      const [loss] = await engine.read(state.totals);
      const milliseconds = performance.now() - start;
      Object.values(batchValues).forEach((value) => value[Symbol.dispose]());
      if (!Number.isFinite(loss)) throw new Error(`The loss is ${loss}: the timing means nothing`);
      return milliseconds;
    },
    [Symbol.dispose]() {
      Object.values(state).forEach((value) => value[Symbol.dispose]());
      executable[Symbol.dispose]();
    },
  };
}
