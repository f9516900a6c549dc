/** What `deno task doctor` says of GPUs. @module */
import {
  CUDA_INSTALL,
  type CudaPlugin,
  describeCudaPlugin,
  findCudaPlugin,
  isCudaPlugin,
} from "../../lib/pjrt_plugin/cuda.ts";
import { cudaAdvice, driverTrouble } from "../../lib/pjrt_plugin/cuda_advice.ts";
import { type FoundGpus, gpuText, lookForGpus } from "../../lib/pjrt_plugin/gpus.ts";
import { messageOf } from "../../lib/std/message_of.ts";
import type { MachineFinding } from "../common/machine_finding.ts";
import { openGpu } from "./open_gpu.ts";

/** How it looks; tests replace it. */
export interface GpuLookup {
  readonly gpus: () => Promise<FoundGpus>;
  readonly plugin: () => Promise<CudaPlugin | undefined>;
  /** Opens the first GPU with a plugin and says what the plugin knows of itself and the device. */
  readonly open: (plugin: string) => Promise<Readonly<Record<string, string>>>;
}

/**
 * Looks at this machine.
 *
 * @param given A plugin that was named; where it is for a GPU, it is the one that is opened
 */
export const gpuLookup = (given?: string): GpuLookup => ({
  gpus: () => lookForGpus(),
  plugin: () =>
    given !== undefined && isCudaPlugin(given)
      ? Promise.resolve(describeCudaPlugin(given))
      : findCudaPlugin(),
  open: openGpu,
});

const describePlugin = ({ plugin, version }: CudaPlugin) =>
  version === undefined ? plugin : `${version} (${plugin})`;

/** Looks for GPUs and a plugin for them, and opens the first GPU if both are there. */
export async function gpuFinding(lookup: GpuLookup = gpuLookup()): Promise<MachineFinding> {
  const name = "engine pjrt:cuda";
  const [{ gpus, trouble }, found] = [await lookup.gpus(), await lookup.plugin()];
  if (gpus.length === 0) {
    const use = found ? `; ${describePlugin(found)} is here to compile ahead of time` : "";
    const none = `no NVIDIA GPU answers: pjrt computes on the CPU${use}`;
    if (trouble === undefined) return { name, state: "absent", text: none };
    const mend = 'run "nvidia-smi" and see to the driver, or pass --engine pjrt:cpu';
    return { name, state: "optional", text: `${none}; ${trouble}`, mend };
  }
  const [{ driver }] = gpus, several = gpus.length > 1 ? "; the first is used" : "";
  const text = `${gpus.map(gpuText).join("; ")}, driver ${driver}${several}`;
  const optional = (more: string, mend: string): MachineFinding => ({
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
    const { pjrt, platform } = await lookup.open(found.plugin);
    const plugin = `${describePlugin(found)}, PJRT API ${pjrt}, ${platform}`;
    return { name, state: "ok", text: `${text}; ${plugin}${instead}` };
  } catch (error) {
    const message = messageOf(error);
    const why = driverTrouble(driver, found.cuda) ?? cudaAdvice(message);
    return optional(
      `${describePlugin(found)} does not open it: ${message}${instead}`,
      `${why ?? CUDA_INSTALL}, or pass --engine pjrt:cpu`,
    );
  }
}
