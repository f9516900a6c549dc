/** The engines that numerical tests run on. @module */
import { join } from "node:path";
import { cpuExecutables, storeFolder } from "../cli/common/store.ts";
import { type Engine, openEngine } from "../lib/engines/mod.ts";
import { CUDA_INSTALL, findCudaPlugin } from "../lib/pjrt_plugin/cuda.ts";
import { findGpus } from "../lib/pjrt_plugin/gpus.ts";
import { findPlugin as locatePlugin } from "../lib/pjrt_plugin/mod.ts";
import { findBinding as locateBinding } from "../lib/tensorflow_binding/mod.ts";
import { PERMITTED, UNPERMITTED } from "./permitted.ts";

/** An engine under test. */
export interface TestedEngine {
  readonly kind: "cpu" | "pjrt" | "pjrt:cuda" | "tensorflow";
  readonly open: () => Promise<Engine>;
  /** For names of tests: the kind, and why it is skipped. */
  readonly label: string;
  /** True when this machine lacks it. */
  readonly ignore: boolean;
}

/**
 * Path of the PJRT plugin as the pipeline finds it, or `undefined` before its first run or without
 * permissions.
 */
export const findPlugin = async (): Promise<string | undefined> =>
  PERMITTED ? await locatePlugin({ folder: join(storeFolder(), "plugins") }) : undefined;

/**
 * Path of the TensorFlow binding as the pipeline finds it, or `undefined` before it is built or
 * without permissions.
 */
export const findBinding = async (): Promise<string | undefined> =>
  PERMITTED ? await locateBinding({ folder: join(storeFolder(), "engines") }) : undefined;

/** Why an engine is not tested: for lack of permissions, or as given. */
const lacks = (why: string) => PERMITTED ? `(${why})` : UNPERMITTED;

/** The engines of a machine without a GPU; those are ignored that this one lacks. */
export async function engines(): Promise<TestedEngine[]> {
  const plugin = await findPlugin();
  const binding = await findBinding();
  return [
    { kind: "cpu", label: "cpu", ignore: false, open: () => openEngine({ kind: "cpu" }) },
    {
      kind: "pjrt",
      label: plugin ? "pjrt" : `pjrt ${lacks('skipped: no plugin; run "deno task pipeline" once')}`,
      ignore: !plugin,
      open: () => openEngine({ kind: "pjrt", plugin }),
    },
    {
      kind: "tensorflow",
      label: binding
        ? "tensorflow"
        : `tensorflow ${
          lacks('skipped: its binding was not built; run "deno task engine:tensorflow"')
        }`,
      ignore: !binding,
      open: () => openEngine({ kind: "tensorflow", plugin: binding }),
    },
  ];
}

/**
 * The engine `pjrt` for tests of what is done with numbers, whichever they are. It keeps compiled
 * programs in the folder of the whole run of tests, or of this process, so that each is compiled once.
 */
export async function compiledOnce(): Promise<TestedEngine> {
  const [, pjrt] = await engines();
  return {
    ...pjrt,
    open: async () => openEngine({ kind: "pjrt", plugin: await findPlugin(), ...keptPrograms() }),
  };
}

let ownPrograms: string | undefined;

/** Where {@linkcode compiledOnce} keeps programs. */
export function keptPrograms(): { executables?: string } {
  const shared = cpuExecutables();
  if (shared.executables !== undefined) return shared;
  if (ownPrograms === undefined) {
    const folder = Deno.makeTempDirSync({ prefix: "programs_" });
    globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
    ownPrograms = folder;
  }
  return { executables: ownPrograms };
}

/** PJRT on an NVIDIA GPU; ignored where the GPU or the plugin is missing. */
export async function cudaEngine(): Promise<TestedEngine> {
  const plugin = PERMITTED && (await findGpus()).length > 0 ? await findCudaPlugin() : undefined;
  return {
    kind: "pjrt:cuda",
    label: plugin
      ? "pjrt:cuda"
      : `pjrt:cuda (skipped: no NVIDIA GPU with JAX's plugin; where there is one: ${CUDA_INSTALL})`,
    ignore: plugin === undefined,
    open: () => openEngine({ kind: "pjrt", plugin: plugin?.plugin }),
  };
}
