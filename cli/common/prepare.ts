/** What must be there before a cell can run. @module */
import { join } from "node:path";
import { lockFlags } from "../../lib/std/locked.ts";
import { isOutOfReach } from "../../lib/missing.ts";
import { machineProvenance } from "../../pipeline/run/machine.ts";
import type { EngineChoice } from "../../pipeline/run/engine_choice.ts";
import type { CellDeclaration } from "../../pipeline/cells/stage.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import { sizeText } from "../../pipeline/units.ts";
import { fromUser, ROOT } from "./context.ts";
import type { Options } from "./options.ts";
import { cpuExecutables, executablesFolder } from "./store.ts";
import type { Json } from "../../pipeline/store/canonical.ts";

/** After this time a person wants to know what takes so long, milliseconds. */
const PATIENCE_MS = 1_500;

/** Fetches the packages that stages import, which their processes may not, and names versions. */
export async function prepareStages(
  cells: readonly CellDeclaration[],
  onEvent: (event: RunEvent) => void,
  signal?: AbortSignal,
): Promise<{ [name: string]: Json }> {
  const entries = [...new Set(cells.map(({ stage }) => stage.entry.href))];
  const timer = setTimeout(
    () => onEvent({ kind: "note", text: "Fetching the stages' npm packages (first run only)" }),
    PATIENCE_MS,
  );
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", ...lockFlags(ROOT), ...entries],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
    signal,
  }).output().finally(() => clearTimeout(timer));
  const said = new TextDecoder().decode(stderr).trimEnd().split("\n");
  const fetched = said.filter((line) => /^Download .*\.tgz$/.test(line)).length;
  if (!success) {
    const reason = said.filter((line) => !line.startsWith("Download ")).join("\n");
    throw new Error(
      `Cannot fetch the npm packages of the stages; check the network and run again:\n${reason}`,
    );
  }
  if (fetched > 0) onEvent({ kind: "note", text: `Fetched ${fetched} npm packages` });
  const commit = await gitCommit();
  return {
    ...machineProvenance(),
    ...commit === undefined ? {} : { commit },
  };
}

/**
 * The commit of the repository, `-dirty` if files differ from it; `undefined` without git or outside
 * a checkout.
 */
export async function gitCommit(): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
      cwd: ROOT,
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
}

/** Finds or fetches what the engine loads. */
export async function prepareEngine(
  { engine, plugin, gpuMemory, deterministic }: Pick<
    Options,
    "engine" | "plugin" | "gpuMemory" | "deterministic"
  >,
  store: string,
  onEvent: (event: RunEvent) => void,
  signal?: AbortSignal,
): Promise<EngineChoice> {
  if (engine === "cpu") return { kind: engine };
  if (engine === "tensorflow") {
    if (gpuMemory !== undefined || deterministic) {
      throw new Error(
        'Cannot use "--gpu-memory" or "--deterministic" with the engine "tensorflow": only pjrt has ' +
          "them; set TF_FORCE_GPU_ALLOW_GROWTH or TF_DETERMINISTIC_OPS instead (docs/gpu.md)",
      );
    }
    const { findBinding } = await import("../../lib/tensorflow_binding/find.ts");
    const binding = plugin === undefined ? undefined : fromUser(plugin);
    const path = await findBinding({ binding, folder: join(store, "engines") });
    if (path !== undefined) {
      const { cacheKernels } = await import("../../lib/tensorflow_binding/npm_sources.ts");
      await cacheKernels();
      return { kind: engine, plugin: path };
    }
    throw new Error(
      'Cannot use the engine "tensorflow": its binding was not built; run "deno task ' +
        'engine:tensorflow" (1.3 GB, half a minute), or use --engine pjrt',
    );
  }
  const { ensurePlugin, PLUGIN_VARIABLE } = await import("../../lib/pjrt_plugin/mod.ts");
  const { prepareCuda } = await import("./prepare_cuda.ts");
  const named = plugin ?? (Deno.env.get(PLUGIN_VARIABLE) || undefined);
  const given = named === undefined ? undefined : fromUser(named);
  const cuda = await prepareCuda({ engine, given, gpuMemory, deterministic }, onEvent);
  if (cuda) return { ...cuda, executables: executablesFolder(store) };
  let told = -1;
  const path = await ensurePlugin({
    plugin: plugin === undefined ? undefined : fromUser(plugin),
    folder: join(store, "plugins"),
    signal,
    onProgress: (bytes, total) => {
      const tenth = Math.floor(10 * bytes / total);
      if (tenth === told) return;
      told = tenth;
      onEvent({
        kind: "note",
        text: `Fetching the XLA CPU plugin: ${sizeText(bytes)} of ${sizeText(total)}`,
      });
    },
  });
  return { kind: "pjrt", plugin: path, ...cpuExecutables() };
}
