/**
 * Finds JAX's CUDA plugin in the machine's Python environments, and says what environment XLA needs
 * with it. The plugin is loaded where it lies: it finds cuDNN and the rest of CUDA in the folders
 * beside its own.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { messageOf } from "../std/message_of.ts";
import { isOutOfReach } from "../missing.ts";

/** A CUDA plugin and what lies beside it. */
export interface CudaPlugin {
  /** Path of the shared library, not resolved: it looks for its neighbours from where it is. */
  readonly plugin: string;
  /** Folder with `ptxas` and `libdevice`, which XLA compiles with; `undefined` if there is none. */
  readonly toolkit?: string;
  /** Major version of CUDA that it is made for; `undefined` where its path does not say. */
  readonly cuda?: number;
  /** Of the wheel, for example `jax-cuda13-pjrt 0.11.2`. */
  readonly version?: string;
  /** Whether cuDNN lies beside it, without which it compiles but does not run. */
  readonly cudnn: boolean;
}

/** How to install what {@linkcode findCudaPlugin} looks for. */
export const CUDA_INSTALL = 'python3 -m pip install "jax[cuda13]"';

/** Whether a plugin is XLA's for CUDA, by its name. */
export const isCudaPlugin = (path: string): boolean => /cuda|gpu/i.test(basename(path));

/** What lies around a plugin of this path. */
export function describeCudaPlugin(plugin: string): CudaPlugin {
  const home = dirname(plugin), site = dirname(dirname(home));
  const cuda = /^xla_cuda(\d+)$/.exec(basename(home))?.[1];
  if (cuda === undefined) return { plugin, cudnn: true };
  const toolkit = [join("nvidia", `cu${cuda}`), join("nvidia", "cuda_nvcc")]
    .map((folder) => join(site, folder)).find((folder) => isThere(folder));
  const record = entries(site).find((name) =>
    name.startsWith(`jax_cuda${cuda}_pjrt-`) && name.endsWith(".dist-info")
  );
  return {
    plugin,
    cuda: Number(cuda),
    toolkit,
    cudnn: isThere(join(site, "nvidia", "cudnn", "lib")),
    ...record && {
      version: record.replace(/\.dist-info$/, "").replaceAll("_", "-").replace(/-(?=[\d.]+$)/, " "),
    },
  };
}

/** The plugin of a folder of Python packages, that of the newest CUDA first. */
export function cudaPluginIn(site: string): CudaPlugin | undefined {
  const cudaOf = (name: string) => Number(/^xla_cuda(\d+)$/.exec(name)?.[1] ?? 0);
  const found = entries(join(site, "jax_plugins"))
    .filter((name) => cudaOf(name) > 0)
    .toSorted((a, b) => cudaOf(b) - cudaOf(a))
    .map((name) => join(site, "jax_plugins", name, "xla_cuda_plugin.so"))
    .find((path) => isThere(path));
  return found === undefined ? undefined : describeCudaPlugin(found);
}

/** Where {@linkcode findCudaPlugin} looks. */
export interface CudaSearch {
  /** Replaces this process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Replaces asking `python3`: folders in which it looks for packages. */
  readonly pythonFolders?: () => Promise<string[]>;
}

/**
 * The plugin of the active virtual environment, the active Conda environment, or whatever `python3`
 * sees, in this order. Starts Python only if the environments have none.
 */
export async function findCudaPlugin(search: CudaSearch = {}): Promise<CudaPlugin | undefined> {
  const { environment = Deno.env.toObject(), pythonFolders = askPython } = search;
  for (const home of [environment.VIRTUAL_ENV, environment.CONDA_PREFIX]) {
    if (!home) continue;
    for (const name of entries(join(home, "lib"))) {
      if (!name.startsWith("python3")) continue;
      const found = cudaPluginIn(join(home, "lib", name, "site-packages"));
      if (found) return found;
    }
  }
  for (const site of await pythonFolders()) {
    const found = cudaPluginIn(site);
    if (found) return found;
  }
  return undefined;
}

async function askPython(): Promise<string[]> {
  try {
    const { success, stdout } = await new Deno.Command("python3", {
      args: ["-c", "import sys, json; print(json.dumps([p for p in sys.path if p]))"],
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? JSON.parse(new TextDecoder().decode(stdout)) : [];
  } catch (error) {
    if (isOutOfReach(error)) return []; // no Python
    throw new Error(
      `Cannot ask python3 where its packages are: ${messageOf(error)}; pass --plugin PATH, ` +
        "or --engine pjrt:cpu",
      { cause: error },
    );
  }
}

/**
 * What has to be in the environment of a process before it loads a CUDA plugin: `XLA_FLAGS` with the
 * toolkit's folder after the user's own flags, and a level of XLA's log that has the causes of errors
 * in it. A user's own settings of the same stay.
 *
 * @param own The environment that the process would have otherwise
 */
export function cudaEnvironment(
  { toolkit }: Pick<CudaPlugin, "toolkit">,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const flag = "--xla_gpu_cuda_data_dir", flags = own.XLA_FLAGS ?? "";
  const isSet = flags.split(/\s+/).some((word) => word.split("=")[0] === flag);
  const folder = toolkit !== undefined && /\s/.test(toolkit) ? `'${toolkit}'` : toolkit;
  return {
    ...own.TF_CPP_MIN_LOG_LEVEL === undefined ? { TF_CPP_MIN_LOG_LEVEL: "2" } : {},
    ...toolkit === undefined || isSet ? {} : { XLA_FLAGS: `${flags} ${flag}=${folder}`.trim() },
  };
}

/** Sets this process's environment for a plugin, where that is permitted and the plugin is CUDA's. */
export function enterCudaEnvironment(plugin: string): void {
  if (!isCudaPlugin(plugin)) return;
  const variables = ["XLA_FLAGS", "TF_CPP_MIN_LOG_LEVEL"];
  const isOurs = (variable: string) =>
    Deno.permissions.querySync({ name: "env", variable }).state === "granted";
  if (!variables.every(isOurs)) return;
  const own = Object.fromEntries(variables.map((name) => [name, Deno.env.get(name)]));
  const needed = cudaEnvironment(describeCudaPlugin(plugin), own);
  for (const [name, value] of Object.entries(needed)) Deno.env.set(name, value);
}

const entries = (folder: string): string[] =>
  look(folder, () => [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted()) ?? [];

const isThere = (path: string): boolean => look(path, () => Deno.statSync(path)) !== undefined;

/** What is found at a path; what is not there, or not ours to read, has no plugin. */
function look<T>(path: string, find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw new Error(
      `Cannot look for the CUDA plugin in "${path}": ${messageOf(error)}; pass --plugin ` +
        "PATH, or --engine pjrt:cpu",
      { cause: error },
    );
  }
}
