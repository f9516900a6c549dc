/**
 * Opens a GPU in a process of its own, since XLA may end the process or never come back.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { PjrtClient } from "../../lib/pjrt/client.ts";
import { enterCudaEnvironment } from "../../lib/pjrt_plugin/cuda.ts";
import { loadCudaLibraries } from "../../lib/pjrt_plugin/cuda_libraries.ts";
import { messageOf } from "../../lib/std/message_of.ts";

/** Time in which a GPU can be expected to be open, milliseconds. */
const PATIENCE_MS = 60_000;

/** Lines of what a process wrote that are told. */
const LINES = 3;

/**
 * Opens the first GPU with a plugin, and says what the plugin knows of itself and the device.
 *
 * @throws {Error} If it is not opened, with the plugin's own text, or how the process ended
 */
export async function openGpu(
  plugin: string,
  { patience = PATIENCE_MS, environment = {} }: {
    readonly patience?: number;
    readonly environment?: Record<string, string>;
  } = {},
): Promise<Readonly<Record<string, string>>> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patience);
  const { success, code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", "--quiet", fileURLToPath(import.meta.url), plugin],
    env: environment,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: late.signal,
  }).output().finally(() => clearTimeout(timer));
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (late.signal.aborted) throw new Error(`it did not answer in ${patience / 1000} s`);
  const last = text(stderr).split("\n").slice(-LINES).join("\n");
  if (signal) throw new Error(`it ended the process by ${signal}: ${last}`);
  if (!success) throw new Error(`the process that opens it ended with ${code}: ${last}`);
  const { versions, error } = JSON.parse(text(stdout));
  if (error !== undefined) throw new Error(error);
  return versions;
}

function open(plugin: string): unknown {
  try {
    enterCudaEnvironment(plugin);
    loadCudaLibraries(plugin);
    using client = new PjrtClient(plugin, { create: { preallocate: false } });
    return { versions: client.versions };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

if (import.meta.main) console.log(JSON.stringify(open(Deno.args[0])));
