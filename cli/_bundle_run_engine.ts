/** Which engine the cells of a bundle compute with. @module */
import { join } from "node:path";
import {
  CUDA_INSTALL,
  cudaEnvironment,
  describeCudaPlugin,
  findCudaPlugin,
  isCudaPlugin,
} from "../lib/pjrt_plugin/cuda.ts";
import { findGpus } from "../lib/pjrt_plugin/gpus.ts";
import type { OpenedBundle } from "../pipeline/bundle/host.ts";
import type { RunnerOptions } from "./_bundle_run_options.ts";

/** The variable that names a plugin, as everywhere. */
const PLUGIN_VARIABLE = "SMOOTHNESS_PJRT_PLUGIN";

/**
 * Finds a plugin on the host or in the bundle; nothing is fetched. What a CUDA plugin needs in its
 * environment is set in this process, whose stages get it.
 *
 * @throws {Error} If there is none
 */
export async function hostEngine(
  { engine, plugin }: Pick<RunnerOptions, "engine" | "plugin">,
  { content, files }: Pick<OpenedBundle, "content" | "files">,
): Promise<{ kind: string; plugin?: string }> {
  if (engine === "cpu") return { kind: engine };
  const path = plugin ?? (Deno.env.get(PLUGIN_VARIABLE) || undefined) ?? await found();
  const { isFile } = await Deno.stat(path).catch(() => ({ isFile: false }));
  if (!isFile) {
    throw new Error(`Cannot load the PJRT plugin "${path}": there is no such file`);
  }
  if (isCudaPlugin(path)) {
    const needed = cudaEnvironment(describeCudaPlugin(path), Deno.env.toObject());
    for (const [name, value] of Object.entries(needed)) Deno.env.set(name, value);
  }
  return { kind: "pjrt", plugin: path };

  async function found(): Promise<string> {
    const gpus = engine === "pjrt" ? [] : await findGpus();
    const wantsCuda = engine === "pjrt:cuda" || gpus.length > 0;
    const cuda = wantsCuda ? await findCudaPlugin() : undefined;
    if (cuda !== undefined) return cuda.plugin;
    if (engine === "pjrt:cuda" || (wantsCuda && content.plugin === undefined)) {
      throw new Error(
        `Cannot use the GPU: JAX's CUDA plugin is not in this machine's Python environments; ` +
          `install it with "${CUDA_INSTALL}", or pass --plugin PATH or --engine cpu`,
      );
    }
    if (content.plugin !== undefined) return join(files, content.plugin);
    throw new Error(
      "Cannot find a PJRT plugin: there is no GPU here, and the bundle has no plugin; pass " +
        "--plugin PATH or --engine cpu, or export the bundle with --with-plugin",
    );
  }
}
