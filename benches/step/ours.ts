/** Our half of the benchmark: training steps on an engine. @module */
import type { Engine, Precision, Program, Values } from "../../lib/engines/mod.ts";
import type { HostTensor } from "../../lib/models/classifier.ts";
import { initialize } from "../../lib/models/initialize.ts";
import type { Network } from "../../lib/models/network.ts";
import type { Objective } from "../../lib/training/method.ts";
import { stateSpecs, stepProgram } from "../../lib/training/step.ts";
import { benchNetwork } from "../networks.ts";

/** What step is timed. */
export interface StepSetting {
  readonly objective: Objective;
  readonly activation: string;
  readonly width: number;
  readonly batch: number;
  readonly precision?: Precision;
}

/** The program of a setting's step: SGD with momentum, batch norm in train mode. */
export const programOf = (
  { objective, activation, width, batch, precision }: StepSetting,
): Program =>
  stepProgram({
    network: benchNetwork(activation, width),
    objective,
    optimizer: { momentum: 0.9, nesterov: false, weight_decay: 5e-4 },
    batchSize: batch,
    batchNorm: { mode: "train", momentum: 0.1 },
    precision,
  });

/** The state before the first step, by the names of `stateSpecs`. */
export function stateOf(network: Network): Record<string, HostTensor> {
  const initial = initialize(network, 0);
  return Object.fromEntries(
    Object.entries(stateSpecs(network)).map(([name, { shape }]) => {
      const tensor = name.startsWith("momentum/")
        ? undefined
        : initial[name.slice(name.indexOf("/") + 1)];
      return [name, tensor ?? { shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)) }];
    }),
  );
}

/** One of our training steps, ready to be taken again and again. */
export async function prepare(engine: Engine, setting: StepSetting) {
  const { activation, width, batch } = setting;
  const start = performance.now();
  const executable = await engine.compile(programOf(setting));
  const compiled = performance.now() - start;
  let state: Values = {};
  for (const [name, { shape, data }] of Object.entries(stateOf(benchNetwork(activation, width)))) {
    state[name] = engine.put(data, { shape, dtype: "float32" });
  }
  const pixels = Float32Array.from({ length: batch * 3072 }, () => Math.random());
  const labels = Int32Array.from({ length: batch }, (_, i) => (7 * i) % 10);
  const putBatch = (): Values => ({
    images: engine.put(pixels, { shape: [batch, 32, 32, 3], dtype: "float32" }),
    labels: engine.put(labels, { shape: [batch], dtype: "int32" }),
    learning_rate: engine.put(Float32Array.of(0.01), { shape: [], dtype: "float32" }),
  });
  const free = (values: Values) =>
    Object.values(values).forEach((value) => value[Symbol.dispose]());
  async function checkLoss(): Promise<void> {
    const [loss] = await engine.read(state.totals);
    if (!Number.isFinite(loss)) throw new Error(`The loss is ${loss}: the timing means nothing`);
  }
  return {
    /** Milliseconds that compilation took. */
    compiled,
    /** Takes a step; resolves to milliseconds when its loss has arrived on the host. */
    async step(): Promise<number> {
      const start = performance.now(), batchValues = putBatch();
      state = await executable.run({ ...state, ...batchValues });
      await checkLoss();
      const milliseconds = performance.now() - start;
      free(batchValues);
      return milliseconds;
    },
    /** Hands over steps on one batch, one after another; milliseconds a step until the last's end. */
    async run(steps: number): Promise<number> {
      const batchValues = putBatch(), start = performance.now();
      for (let i = 0; i < steps; i++) {
        state = (await executable.submit({ ...state, ...batchValues })).outputs;
      }
      await checkLoss();
      const milliseconds = (performance.now() - start) / steps;
      free(batchValues);
      return milliseconds;
    },
    [Symbol.dispose]() {
      free(state);
      executable[Symbol.dispose]();
    },
  };
}
