/** The CUDA plugin with which tests compile, on machines without a GPU too. @module */
import { join } from "node:path";
import { storeFolder } from "../cli/common/store.ts";
import { type CudaPlugin, cudaPluginIn, findCudaPlugin } from "../lib/pjrt_plugin/cuda.ts";
import { PERMITTED, UNPERMITTED } from "./permitted.ts";

/** Wheels that are enough to compile: the plugin, `ptxas` and `libdevice`; 259 MB. */
export const CUDA_WHEELS = "jax-cuda13-pjrt==0.11.2 nvidia-cuda-nvcc==13.5.37 nvidia-nvvm==13.5.37";

/** Where they lie if no Python environment has them. */
const folder = join("engines", "cuda");

/** A plugin that can compile. */
export type CompilingPlugin = CudaPlugin & { readonly toolkit: string };

/** The plugin and its toolkit, or why there is none and what installs it. */
export async function findCompilingPlugin(): Promise<CompilingPlugin | string> {
  if (!PERMITTED) return UNPERMITTED.slice(1, -1);
  const found = cudaPluginIn(join(storeFolder(), folder)) ?? await findCudaPlugin();
  if (found?.toolkit !== undefined) {
    return { ...found, toolkit: found.toolkit };
  }
  const missing = found ? `no nvidia/cu13 beside ${found.plugin}` : "no CUDA plugin";
  return `skipped: ${missing}; run "python3 -m pip install --no-deps --target artifacts/engines/` +
    `cuda ${CUDA_WHEELS}"`;
}
