/**
 * Compiles for a GPU on a machine that has none: XLA's CUDA plugin takes a description of the device
 * in the place of one. What comes out cannot run here, but it can be taken to where it does, and the
 * compiler's last word on the program can be read: which convolutions became calls of cuDNN, which
 * inputs share memory with outputs, how much memory a run takes.
 *
 * Not seen this way: autotuning, what cuDNN itself says to a convolution, and the execution. What a
 * device of that kind once tuned can be given with `xla_gpu_load_autotune_results_from`; it counts where
 * the target names the version of cuDNN that it was tuned with. Convolutions then have the algorithms of
 * the device, without which it refuses the program.
 *
 * @module
 */
import { join } from "node:path";
import { enterCudaEnvironment } from "../pjrt_plugin/cuda.ts";
import { PjrtApi, type PjrtFunction } from "./api.ts";
import { compileOptions, type CompilerOptions } from "./compile_options.ts";
import { destroyExecutable, memoryOf, serialize } from "./executable.ts";
import { encodeNamedValues } from "./named_values.ts";
import { Struct } from "./struct.ts";
import type { ProgramMemory } from "../tracing/program_memory.ts";

/** What to compile for. */
export interface AheadOfTime {
  /** Path of the CUDA plugin. */
  readonly plugin: string;
  /** Text of a `GpuTargetConfigProto`, for example that of `targets/h100_sxm.txtpb`. */
  readonly target: string;
  /** Folder with `ptxas` and `libdevice`. */
  readonly toolkit: string;
  /** More options of the compiler. */
  readonly options?: CompilerOptions;
}

/** A program that was compiled for a device that is not there. */
export interface CompiledAheadOfTime {
  /** What `PjrtClient.load` takes on such a device. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly memory: ProgramMemory;
}

/** A compiler for a device that is described. Dispose of it to free the description. */
export interface AheadOfTimeCompiler extends Disposable {
  /** For example `cuda`. */
  readonly platform: string;
  /** Kind of device, for example `NVIDIA H100 80GB HBM3`. */
  readonly device: string;
  /**
   * Compiles StableHLO text.
   *
   * @throws {Error} With the compiler's own text
   */
  readonly compile: (text: string) => Promise<CompiledAheadOfTime>;
  /**
   * Compiles StableHLO text to be read.
   *
   * @returns The optimised program as HLO text
   * @throws {Error} With the compiler's own text
   */
  readonly optimize: (text: string) => Promise<string>;
}

/**
 * Loads the plugin and describes the device to it.
 *
 * @throws {Error} If the plugin cannot be loaded or the target not be read
 */
export function openAheadOfTime(
  { plugin, target, toolkit, options }: AheadOfTime,
): AheadOfTimeCompiler {
  enterCudaEnvironment(plugin); // read once a process: an engine opened later needs it too
  const api = new PjrtApi(plugin);
  const named = encodeNamedValues({ target_config: target, topology: "1x1x1" });
  const topology = api.call(
    "topologyDescriptionCreate",
    new Struct(56, { 32: named.list, 40: named.count }),
  ).get(48);
  const compilerOptions = { xla_gpu_cuda_data_dir: toolkit, ...options };
  return {
    ...describe(api, topology),
    async compile(text) {
      const program = await compile(api, topology, text, compilerOptions);
      try {
        return { bytes: await serialize(api, program), memory: memoryOf(api, program) };
      } finally {
        destroyExecutable(api, program);
      }
    },
    async optimize(text) {
      const dump = await Deno.makeTempDir({ prefix: "smoothness-hlo-" });
      try {
        const dumping = { ...compilerOptions, xla_dump_to: dump, xla_dump_hlo_as_text: true };
        destroyExecutable(api, await compile(api, topology, text, dumping));
        return await readOptimized(dump);
      } finally {
        await Deno.remove(dump, { recursive: true });
      }
    },
    [Symbol.dispose]() {
      api.call("topologyDescriptionDestroy", new Struct(24, { 16: topology }));
    },
  };
}

/** What a client of such a device would say of it. */
function describe(api: PjrtApi, topology: bigint): { platform: string; device: string } {
  const ask = (name: PjrtFunction, address: bigint) =>
    api.call(name, new Struct(40, { 16: address }));
  const devices = ask("topologyDescriptionGetDeviceDescriptions", topology).get(24);
  const first = new Deno.UnsafePointerView(Deno.UnsafePointer.create(devices)!).getBigUint64(0);
  return {
    platform: ask("topologyDescriptionPlatformName", topology).text(24, 32),
    device: ask("deviceDescriptionKind", first).text(24, 32),
  };
}

async function compile(
  api: PjrtApi,
  topology: bigint,
  text: string,
  options: CompilerOptions,
): Promise<bigint> {
  const utf8 = new TextEncoder(), code = utf8.encode(text), mlir = utf8.encode("mlir");
  const serialized = compileOptions(options);
  const program = new Struct(48, { 16: code, 24: code.length, 32: mlir, 40: mlir.length });
  const args = new Struct(64, {
    16: topology,
    24: program,
    32: serialized,
    40: serialized.length,
  });
  await api.callLater("compile", args);
  return args.get(56);
}

async function readOptimized(folder: string): Promise<string> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const found = names.find((name) => name.endsWith("gpu_after_optimizations.txt"));
  if (found === undefined) {
    throw new Error(
      `Cannot read what was compiled: expected a file …gpu_after_optimizations.txt among ${
        names.join(", ") || "no files"
      }`,
    );
  }
  return await Deno.readTextFile(join(folder, found));
}

/** What can be counted in an optimised program. */
export interface OptimizedProgram {
  /** Calls of libraries by target, for example `__cudnn$convForward`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Convolutions that no library took. */
  readonly convolutions: number;
  /** Inputs that share memory with an output. */
  readonly aliases: number;
  /** Calls of cuDNN that no algorithm was chosen for: the device refuses such a program. */
  readonly untuned: number;
}

/** Counts what {@linkcode AheadOfTimeCompiler.optimize} returns. */
export function inspectHlo(text: string): OptimizedProgram {
  const calls: Record<string, number> = {};
  for (const [, name] of text.matchAll(/custom_call_target="([^"]+)"/g)) {
    calls[name] = (calls[name] ?? 0) + 1;
  }
  const [header] = text.split("\n", 1);
  return {
    calls,
    convolutions: [...text.matchAll(/ convolution\(/g)].length,
    aliases: [...header.matchAll(/(?:may|must)-alias\)/g)].length,
    untuned: [...text.matchAll(/"algo_id":"-1"/g)].length,
  };
}
