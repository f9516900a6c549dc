/** The eager engine: the same programs on any TensorFlow.js backend, operation by operation. @module */
import type { Tensor } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";
import { sameShape, sizeOf } from "../tracing/graph.ts";
import { precisionOf } from "../tracing/precision.ts";
import { checkInputs } from "./check_inputs.ts";
import type {
  Engine,
  Executable,
  HostData,
  Program,
  PutData,
  Spec,
  Submitted,
  Value,
  Values,
} from "./engine.ts";

class TfjsValue implements Value {
  readonly shape: readonly number[];
  readonly dtype: Spec["dtype"];
  readonly tensor: Tensor;
  readonly #count: { live: number };

  constructor(tensor: Tensor, count: { live: number }, dtype = tensor.dtype as Spec["dtype"]) {
    this.tensor = tensor;
    this.shape = tensor.shape;
    this.dtype = dtype;
    this.#count = count;
    count.live++;
  }
  get alive(): boolean {
    return !this.tensor.isDisposed;
  }
  [Symbol.dispose](): void {
    if (this.tensor.isDisposed) return;
    this.tensor.dispose();
    this.#count.live--;
  }
}

/**
 * Opens the eager engine on a registered TensorFlow.js backend.
 *
 * @param backend For example `cpu` (pure JavaScript: slow, independent of any native code) or
 * `tensorflow`; names the engine
 * @param options What it computes on, and versions to add to the description
 */
export async function openTfjs(
  backend: string,
  { platform = "cpu", versions = {} }: {
    readonly platform?: string;
    readonly versions?: Readonly<Record<string, string>>;
  } = {},
): Promise<Engine> {
  if (!await tf.setBackend(backend)) {
    throw new Error(`Cannot use the TensorFlow.js backend "${backend}": it did not initialise`);
  }
  await tf.ready();
  const count = { live: 0 };
  const on = <T>(work: () => T): T => {
    if (tf.getBackend() !== backend) void tf.setBackend(backend);
    return work();
  };
  return {
    description: {
      engine: backend,
      platform,
      versions: { tfjs: tf.version_core, ...versions },
    },
    compile(program: Program): Promise<Executable> {
      if (Object.values(precisionOf(program)).includes("bf16")) {
        return Promise.reject(
          new RangeError(
            `Cannot run "${program.name}" in bf16 on the engine "${backend}": it computes in float32; choose the engine pjrt or the precision f32`,
          ),
        );
      }
      return Promise.resolve(executable(program));
    },
    put(data: PutData, spec: Spec): Value {
      if (data.length !== sizeOf(spec.shape)) {
        throw new RangeError(
          `Cannot make a value of shape [${spec.shape.join(", ")}] from ${data.length} elements`,
        );
      }
      const { shape, dtype } = spec;
      // TensorFlow.js has no bytes: numbers that fit in them are int32 to it
      const values = dtype === "bool"
        ? Uint8Array.from(data)
        : dtype === "uint8"
        ? Int32Array.from(data)
        : data.slice();
      const own = dtype === "uint8" ? "int32" : dtype;
      return new TfjsValue(on(() => tf.tensor(values, [...shape], own)), count, dtype);
    },
    async read(value: Value): Promise<HostData> {
      const data = await on(() => (value as TfjsValue).tensor.data());
      return (data instanceof Uint8Array ? Int32Array.from(data) : data.slice()) as HostData;
    },
    live: () => count.live,
    [Symbol.dispose]: () => {},
  };

  function executable(program: Program): Executable {
    const outputs: Record<string, Spec> = {};
    return {
      name: program.name,
      outputs,
      /** Eager: what is handed over has ended. */
      async submit(inputs: Values): Promise<Submitted> {
        return { outputs: await this.run(inputs), done: Promise.resolve() };
      },
      run(inputs: Values): Promise<Values> {
        return on(() => {
          checkInputs(program.name, program.inputs, inputs);
          const tensors = Object.fromEntries(
            Object.keys(program.inputs).map((name) => [name, (inputs[name] as TfjsValue).tensor]),
          );
          // an output may be an input or another output: each value owns a tensor of its own
          const results = tf.tidy(() =>
            Object.fromEntries(
              Object.entries(program.build(tensors)).map((
                [name, tensor],
              ) => [name, tf.clone(tensor)]),
            )
          );
          for (const [input, output] of Object.entries(program.donate ?? {})) {
            if (!results[output] || !sameShape(results[output].shape, inputs[input].shape)) {
              throw new TypeError(
                `Cannot donate input "${input}" of "${program.name}" to output "${output}"`,
              );
            }
            inputs[input][Symbol.dispose]();
          }
          return Promise.resolve(Object.fromEntries(
            Object.entries(results).map(([name, tensor]) => {
              const value = new TfjsValue(tensor, count);
              outputs[name] = { shape: value.shape, dtype: value.dtype };
              return [name, value];
            }),
          ));
        });
      },
      [Symbol.dispose]: () => {},
    };
  }
}
