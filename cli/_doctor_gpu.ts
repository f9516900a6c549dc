/** What `deno task doctor` says of GPUs. @module */
import { PjrtClient } from "../lib/pjrt/client.ts";
import {
  CUDA_INSTALL,
  type CudaPlugin,
  enterCudaEnvironment,
  findCudaPlugin,
} from "../lib/pjrt_plugin/cuda.ts";
import { findGpus, type Gpu } from "../lib/pjrt_plugin/gpus.ts";
import type { Finding } from "./doctor.ts";

/** How it looks; tests replace it. */
export interface GpuLookup {
  readonly gpus: () => Promise<Gpu[]>;
  readonly plugin: () => Promise<CudaPlugin | undefined>;
  /** Opens the first GPU with a plugin and says what the plugin knows of itself and the device. */
  readonly open: (plugin: string) => Readonly<Record<string, string>>;
}

const machine: GpuLookup = {
  gpus: () => findGpus(),
  plugin: () => findCudaPlugin(),
  open(plugin) {
    enterCudaEnvironment(plugin);
    using client = new PjrtClient(plugin, { create: { preallocate: false } });
    return client.versions;
  },
};

const describePlugin = ({ plugin, version }: CudaPlugin) =>
  version === undefined ? plugin : `${version} (${plugin})`;

/** Looks for GPUs and a plugin for them, and opens the first GPU if both are there. */
export async function gpuFinding(lookup: GpuLookup = machine): Promise<Finding> {
  const name = "engine pjrt:cuda";
  const [gpus, found] = [await lookup.gpus(), await lookup.plugin()];
  if (gpus.length === 0) {
    const use = found ? `; ${describePlugin(found)} is here to compile ahead of time` : "";
    return { name, state: "ok", text: `no NVIDIA GPU answers: pjrt computes on the CPU${use}` };
  }
  const list = gpus.map(({ name, memory }) => `${name}, ${memory} MiB`).join("; ");
  const text = `${list}, driver ${gpus[0].driver}`;
  const optional = (more: string, mend: string): Finding => ({
    name,
    state: "optional",
    text: `${text}; ${more}`,
    mend,
  });
  if (!found) return optional("no CUDA plugin: pjrt computes on the CPU", CUDA_INSTALL);
  const lacking = [
    ...found.toolkit === undefined ? ["nvidia/cu13 (ptxas, libdevice)"] : [],
    ...found.cudnn ? [] : ["nvidia/cudnn"],
  ];
  const instead = lacking.length > 0
    ? `; no ${lacking.join(", no ")} beside it, the system's are used`
    : "";
  try {
    const { pjrt, platform } = lookup.open(found.plugin);
    const plugin = `${describePlugin(found)}, PJRT API ${pjrt}, ${platform}`;
    return { name, state: "ok", text: `${text}; ${plugin}${instead}` };
  } catch (error) {
    return optional(
      `${describePlugin(found)} does not open it: ${(error as Error).message}${instead}`,
      `${CUDA_INSTALL}, or pass --engine pjrt:cpu`,
    );
  }
}
