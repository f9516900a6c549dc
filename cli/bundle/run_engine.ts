/** Which engine the cells of a bundle compute with. @module */
import { join } from "node:path";
import { requireFile } from "../../lib/missing.ts";
import type { OpenedBundle } from "../../pipeline/bundle/host.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import type { EngineChoice } from "../../pipeline/run/engine_choice.ts";
import type { RunnerOptions } from "./run_options.ts";
import { type CudaLookup, prepareCuda } from "../common/prepare_cuda.ts";
import { cpuExecutables, executablesFolder } from "../common/store.ts";

/** The variable that names a plugin, as everywhere. */
const PLUGIN_VARIABLE = "SMOOTHNESS_PJRT_PLUGIN";

/**
 * Finds a plugin on the host or in the bundle; nothing is fetched.
 *
 * @param lookup How a GPU is looked for
 * @throws {Error} If there is none
 */
export async function hostEngine(
  options: Pick<RunnerOptions, "engine" | "plugin" | "gpuMemory" | "deterministic">,
  { content, files, state }: Pick<OpenedBundle, "content" | "files" | "state">,
  onEvent: (event: RunEvent) => void,
  lookup?: CudaLookup,
): Promise<EngineChoice> {
  const { engine, gpuMemory, deterministic } = options;
  if (engine === "cpu") return { kind: engine };
  const given = options.plugin ?? (Deno.env.get(PLUGIN_VARIABLE) || undefined);
  if (given !== undefined) {
    await requireFile(
      given,
      (why, cause) => new Error(`Cannot load the PJRT plugin "${given}": ${why}`, { cause }),
    );
  }
  const cuda = await prepareCuda({ engine, given, gpuMemory, deterministic }, onEvent, lookup);
  if (cuda !== undefined) return { ...cuda, executables: executablesFolder(state) };
  const plugin = given ?? (content.plugin && join(files, content.plugin));
  if (plugin !== undefined) return { kind: "pjrt", plugin, ...cpuExecutables() };
  throw new Error(
    "Cannot find a PJRT plugin: no GPU is used, and the bundle has no plugin; pass --plugin PATH " +
      "or --engine cpu, or export the bundle with --with-plugin",
  );
}
