/** Choosing a GPU to compute on. @module */
import type { RunEvent } from "../../pipeline/run/events.ts";
import {
  CUDA_INSTALL,
  cudaEnvironment,
  type CudaPlugin,
  describeCudaPlugin,
  findCudaPlugin,
  isCudaPlugin,
} from "../../lib/pjrt_plugin/cuda.ts";
import { driverTrouble } from "../../lib/pjrt_plugin/cuda_advice.ts";
import { type FoundGpus, gpuText, lookForGpus } from "../../lib/pjrt_plugin/gpus.ts";
import type { EngineChoice } from "../../pipeline/run/engine_choice.ts";

/** How a GPU is looked for; tests replace it. */
export interface CudaLookup {
  readonly gpus: () => Promise<FoundGpus>;
  readonly plugin: () => Promise<CudaPlugin | undefined>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const machine = (): CudaLookup => ({
  gpus: () => lookForGpus(),
  plugin: () => findCudaPlugin(),
  environment: Deno.env.toObject(),
});

/** What the command line says about GPUs. */
export interface CudaWish {
  /** `pjrt:cuda` insists, `pjrt` takes a GPU where all is there. */
  readonly engine: string;
  /** A plugin that was given, by an option or the environment. */
  readonly given?: string;
  readonly gpuMemory?: number;
  readonly deterministic?: boolean;
}

/**
 * What to compute with on a GPU; `undefined` where the CPU is to compute.
 *
 * @throws {Error} If a GPU is insisted on and no plugin is there, or one is given that contradicts the engine
 */
export async function prepareCuda(
  { engine, given, gpuMemory, deterministic }: CudaWish,
  onEvent: (event: RunEvent) => void,
  lookup: CudaLookup = machine(),
): Promise<EngineChoice | undefined> {
  const note = (text: string) => onEvent({ kind: "note", text });
  if (given !== undefined && engine === (isCudaPlugin(given) ? "pjrt:cpu" : "pjrt:cuda")) {
    throw new Error(
      `Cannot use the engine "${engine}" with the plugin "${given}": expected a file with "cuda" or ` +
        '"gpu" in its name for pjrt:cuda and without for pjrt:cpu; check --plugin and ' +
        "SMOOTHNESS_PJRT_PLUGIN",
    );
  }
  if (engine === "pjrt:cpu" || given !== undefined && !isCudaPlugin(given)) return undefined;
  const insists = engine === "pjrt:cuda" || given !== undefined;
  const { gpus, trouble } = await lookup.gpus();
  if (gpus.length === 0 && !insists) {
    if (trouble !== undefined) note(`Computing on the CPU: no GPU answers (${trouble})`);
    return undefined;
  }
  const found = given === undefined ? await lookup.plugin() : describeCudaPlugin(given);
  if (found === undefined) {
    if (insists) {
      throw new Error(
        'Cannot use the engine "pjrt:cuda": no jax_plugins/xla_cuda13 (or 12) is in the active ' +
          `environment or where python3 looks; run ${CUDA_INSTALL}, or pass --plugin PATH`,
      );
    }
    note(
      `Computing on the CPU: there is a GPU (${
        gpus[0].name
      }), but no CUDA plugin; for the GPU run ` +
        CUDA_INSTALL,
    );
    return undefined;
  }
  const [gpu] = gpus;
  note(
    gpu
      ? `Computing on ${gpuText(gpu)}, driver ${gpu.driver}, with ${found.plugin}${among(gpus)}`
      : `No NVIDIA GPU answers here${trouble === undefined ? "" : ` (${trouble})`}; trying ` +
        `${found.plugin} all the same`,
  );
  const old = gpu && driverTrouble(gpu.driver, found.cuda);
  if (old !== undefined) note(`A failure is likely: ${old}`);
  return {
    kind: "pjrt",
    plugin: found.plugin,
    ...gpuMemory === undefined ? {} : { memory: gpuMemory },
    ...deterministic ? { deterministic } : {},
    versions: {
      ...found.version === undefined ? {} : { plugin: found.version },
      ...gpu ? { driver: gpu.driver } : {},
      ...gpu?.memory === undefined ? {} : { memory: `${gpu.memory} MiB` },
    },
    environment: {
      ...cudaEnvironment(found, lookup.environment),
      // A process takes some memory of every GPU that it sees.
      ...gpus.length > 1 && gpu.id !== undefined ? { CUDA_VISIBLE_DEVICES: gpu.id } : {},
    },
  };
}

/** What to know where there are several GPUs. */
const among = ({ length }: FoundGpus["gpus"]): string =>
  length < 2 ? "" : `; the first of ${length} GPUs is used, CUDA_VISIBLE_DEVICES picks another`;
