/** Which engine computes on a machine where nothing is fetched. @module */
import { requireFile } from "../../lib/missing.ts";
import type { EngineChoice } from "../../pipeline/run/engine_choice.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import { type CudaLookup, prepareCuda } from "./prepare_cuda.ts";
import { cpuExecutables, executablesFolder } from "./store.ts";

/** The variable that names a plugin, as everywhere. */
const PLUGIN_VARIABLE = "SMOOTHNESS_PJRT_PLUGIN";

/** Engines that a machine without the repository can use. */
export const HOST_ENGINES = ["pjrt", "pjrt:cuda", "pjrt:cpu", "cpu"] as const;

/** What a command line says of the engine. */
export interface EngineWish {
  readonly engine: typeof HOST_ENGINES[number];
  readonly gpuMemory?: number;
  readonly deterministic?: boolean;
  readonly plugin?: string;
}

/** What the machine has. */
export interface EnginePlace {
  /** Folder in which compiled programs are kept. */
  readonly folder: string;
  /** Plugin that is used where none is named. */
  readonly plugin?: string;
  /** What to say where there is none: `the bundle has no plugin; pass …`. */
  readonly lacking: string;
}

/**
 * Finds a plugin; nothing is fetched.
 *
 * @param lookup How a GPU is looked for
 * @throws {Error} If there is none
 */
export async function hostEngine(
  { engine, gpuMemory, deterministic, plugin: named }: EngineWish,
  { folder, plugin: own, lacking }: EnginePlace,
  onEvent: (event: RunEvent) => void,
  lookup?: CudaLookup,
): Promise<EngineChoice> {
  if (engine === "cpu") return { kind: engine };
  const given = named ?? (Deno.env.get(PLUGIN_VARIABLE) || undefined);
  if (given !== undefined) {
    await requireFile(
      given,
      (why, cause) => new Error(`Cannot load the PJRT plugin "${given}": ${why}`, { cause }),
    );
  }
  const cuda = await prepareCuda({ engine, given, gpuMemory, deterministic }, onEvent, lookup);
  if (cuda !== undefined) return { ...cuda, executables: executablesFolder(folder) };
  const plugin = given ?? own;
  if (plugin !== undefined) return { kind: "pjrt", plugin, ...cpuExecutables() };
  throw new Error(`Cannot find a PJRT plugin: no GPU is used, and ${lacking}`);
}
