/** The compiled engine: traced graph, StableHLO text, PJRT plugin. @module */
import { messageOf } from "../std/message_of.ts";
import { onCores } from "../pjrt/affinity.ts";
import { PjrtClient } from "../pjrt/client.ts";
import { deterministicGpuOptions } from "../pjrt/compile_options.ts";
import { bytesOf } from "../tracing/program_memory.ts";
import { enterCudaEnvironment, isCudaPlugin } from "../pjrt_plugin/cuda.ts";
import { cudaAdvice, shortened } from "../pjrt_plugin/cuda_advice.ts";
import { loadCudaLibraries } from "../pjrt_plugin/cuda_libraries.ts";
import { type Graph, sizeOf, specsOf } from "../tracing/graph.ts";
import { lowerForCpu } from "../tracing/lower_for_cpu.ts";
import { precisionOf, withPrecision } from "../tracing/precision.ts";
import { trace } from "../tracing/trace.ts";
import { compilerOf } from "./_compiler.ts";
import { isAutotuningFailure, untunedOptions } from "./autotuning.ts";
import { isExplained } from "../std/explained.ts";
import { checkInputs } from "./check_inputs.ts";
import { isOutOfMemory } from "../pjrt/out_of_memory.ts";
import type {
  Engine,
  EngineOptions,
  Executable,
  Program,
  PutData,
  Spec,
  Submitted,
  Value,
  Values,
} from "./engine.ts";

/** A buffer on the device. */
class PjrtValue implements Value {
  readonly shape: readonly number[];
  readonly dtype: Spec["dtype"];
  readonly #client: PjrtClient;
  #address: bigint;

  constructor(client: PjrtClient, address: bigint, { shape, dtype }: Spec) {
    this.#client = client;
    this.#address = address;
    this.shape = shape;
    this.dtype = dtype;
  }
  get alive(): boolean {
    return this.#address !== 0n;
  }
  /** @throws {ReferenceError} If the value was disposed of or donated */
  get address(): bigint {
    if (this.#address === 0n) {
      throw new ReferenceError("Cannot use a value that was disposed of or donated");
    }
    return this.#address;
  }
  [Symbol.dispose](): void {
    if (this.#address === 0n) return;
    this.#client.destroyBuffer(this.#address);
    this.#address = 0n;
  }
}

class PjrtExecutable implements Executable {
  readonly name: string;
  readonly outputs: Record<string, Spec>;
  readonly bytes?: number;
  readonly #client: PjrtClient;
  readonly #graph: Graph;
  readonly #inputs: Record<string, Spec>;
  #address: bigint;

  constructor(client: PjrtClient, address: bigint, graph: Graph, bytes?: number) {
    this.#client = client;
    this.#address = address;
    this.#graph = graph;
    this.name = graph.name;
    this.#inputs = specsOf(graph.parameters);
    this.outputs = specsOf(graph.results);
    this.bytes = bytes;
  }
  async run(inputs: Values): Promise<Values> {
    const { outputs, done } = await this.submit(inputs);
    try {
      await done;
    } catch (error) {
      for (const value of Object.values(outputs)) value[Symbol.dispose]();
      throw error;
    }
    return outputs;
  }
  async submit(inputs: Values): Promise<Submitted> {
    checkInputs(this.name, this.#inputs, inputs);
    const given = Object.keys(this.#inputs).map((name) => inputs[name] as PjrtValue);
    const names = Object.keys(this.outputs);
    const addresses = given.map((value) => value.address);
    const fail = (error: unknown) => {
      throw failure(`Cannot run "${this.name}"`, error);
    };
    const { made, done } = await this.#client.submit(this.#address, addresses, names.length)
      .catch(fail);
    for (const name of Object.keys(this.#graph.donate)) inputs[name][Symbol.dispose]();
    const ended = done.catch(fail);
    ended.catch(() => {}); // whoever waits hears of a failure; nobody has to
    return {
      outputs: Object.fromEntries(
        names.map((name, i) => [name, new PjrtValue(this.#client, made[i], this.outputs[name])]),
      ),
      done: ended,
    };
  }
  [Symbol.dispose](): void {
    if (this.#address !== 0n) this.#client.destroyExecutable(this.#address);
    this.#address = 0n;
  }
}

/** How {@linkcode openPjrt} opens a plugin. */
export interface PjrtOptions extends Omit<EngineOptions, "kind" | "plugin"> {
  /** Cores that its threads are to stay on; all by default. */
  readonly cores?: readonly number[];
}

/** Largest share of a GPU's memory that grows on demand; the rest is the driver's and other's. */
const mostMemory = 0.9;

/** An error of the plugin, with what mends it where that is known. */
function failure(action: string, error: unknown, otherwise?: string): Error {
  const text = error instanceof Error ? error.message : String(error);
  const mend = cudaAdvice(text) ?? otherwise;
  const told = mend === undefined
    ? shortened(text)
    : `${shortened(text).replace(/\.$/, "")}; ${mend}`;
  return new Error(`${action}: ${told}`, { cause: error });
}

/** Says what may be done where a GPU cannot be opened. */
function orExplain(plugin: string, open: () => PjrtClient): PjrtClient {
  try {
    return open();
  } catch (error) {
    if (isExplained(error)) throw error;
    const mend = isOutOfMemory(error)
      ? "end what else uses the GPU, or pass a smaller --gpu-memory"
      : 'run "deno task doctor" to see what is there, or pass --engine pjrt:cpu';
    throw failure(`Cannot open the GPU with "${plugin}"`, error, mend);
  }
}

/** Does something that may take minutes, and says every second how long it has. */
async function timed<T>(
  tell: ((seconds: number) => void) | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const begin = performance.now();
  const seconds = () => Math.round((performance.now() - begin) / 1000);
  const timer = tell && setInterval(() => tell(seconds()), 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** The graph of a program as it is compiled for a platform: `cpu`, `cuda` and so on. */
export function graphFor(program: Program, platform: string): Graph {
  const traced = withPrecision(trace(program), precisionOf(program), platform);
  return platform === "cpu" ? lowerForCpu(traced) : traced;
}

/**
 * A client of another plugin than CUDA's. XLA's for CPUs has four devices and as many threads unless
 * it is told otherwise; of one device, it has a thread for each core that it may use, so that none
 * wait for another's core. Other plugins may not know the option.
 */
function openOther(plugin: string, keeps: boolean): PjrtClient {
  try {
    return new PjrtClient(plugin, { create: { cpu_device_count: 1n }, keeps });
  } catch (error) {
    if (!(error instanceof Error && error.message.includes("cpu_device_count"))) throw error;
    return new PjrtClient(plugin, { keeps });
  }
}

/**
 * Opens the engine of a PJRT plugin.
 *
 * @param plugin Path of the plugin's shared library
 * @throws {Error} If it cannot be loaded or has no device
 */
export function openPjrt(plugin: string, options: PjrtOptions = {}): Engine {
  const { cores, memory, deterministic = false, versions, onNote, onCompiling } = options;
  const gpu = isCudaPlugin(plugin), untuned: string[] = [];
  const programBytes: Record<string, number> = {};
  enterCudaEnvironment(plugin);
  if (gpu) loadCudaLibraries(plugin);
  const open = () =>
    gpu
      ? new PjrtClient(plugin, {
        create: { preallocate: memory !== undefined, memory_fraction: memory ?? mostMemory },
        compiler: deterministic ? deterministicGpuOptions : {},
      })
      : openOther(plugin, options.executables !== undefined);
  const client = cores ? onCores(cores, open) : gpu ? orExplain(plugin, open) : open();
  /** Compiles, and where the compiler finds no algorithm by trying, lets it choose by itself. */
  async function compileTuned(name: string, text: string) {
    try {
      return { address: await client.compile(text), asAsked: true };
    } catch (error) {
      if (!gpu || !isAutotuningFailure(error)) throw error;
      const address = await client.compile(text, untunedOptions);
      untuned.push(name);
      onNote?.(
        `compiled "${name}" without autotuning, since that failed, so that it may run more slowly: ` +
          shortened(messageOf(error)),
      );
      return { address, asAsked: false };
    }
  }
  const onCpu = client.platform === "cpu";
  // a program for a CPU is divided among its cores
  const among = onCpu ? cores?.length ?? navigator.hardwareConcurrency : undefined;
  const compile = compilerOf(client, plugin, compileTuned, { ...options, among });

  return {
    get description() {
      return {
        engine: "pjrt",
        platform: client.platform,
        versions: {
          ...client.versions,
          ...versions,
          ...onCpu && client.serializes ? { onednn: "off" } : {},
        },
        ...gpu && deterministic ? { deterministic } : {},
        ...untuned.length > 0 ? { untuned: untuned.join(", ") } : {},
      };
    },
    async compile(program: Program): Promise<Executable> {
      const graph = graphFor(program, client.platform), { name } = program;
      const tell = onCompiling && ((seconds: number) => onCompiling(name, seconds));
      try {
        const { address, memory } = await timed(tell, () => compile(graph));
        if (memory) programBytes[name] = bytesOf(memory);
        return new PjrtExecutable(client, address, graph, programBytes[name]);
      } catch (error) {
        throw failure(`Cannot compile "${name}"`, error);
      }
    },
    put(data: PutData, spec: Spec): Value {
      if (data.length !== sizeOf(spec.shape)) {
        throw new RangeError(
          `Cannot make a value of shape [${spec.shape.join(", ")}] from ${data.length} elements`,
        );
      }
      return new PjrtValue(client, client.put(data, spec), spec);
    },
    read: (value: Value) => client.read((value as PjrtValue).address, value),
    programBytes: () => ({ ...programBytes }),
    live: () => client.live,
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}
