/**
 * Finds the PJRT plugin that the `pjrt` engine loads, or fetches XLA's CPU plugin once.
 *
 * @example
 * ```ts
 * import { findPlugin } from "./mod.ts";
 * const plugin = await findPlugin({ folder: "artifacts/plugins" });
 * console.log(plugin ?? "none yet: ensurePlugin() would fetch it");
 * ```
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import { messageOf } from "../std/message_of.ts";
import { requireFile } from "../missing.ts";
import { CPU_PLUGIN, type PluginPackage } from "./package.ts";
import { downloadWheel } from "./pip.ts";
import { publishFolder, sha256Of } from "./publish.ts";
import { unzipMember } from "./unzip.ts";

export * from "./package.ts";
export { findPip } from "./pip.ts";

/** Environment variable that names a plugin. */
export const PLUGIN_VARIABLE = "SMOOTHNESS_PJRT_PLUGIN";

/** Where to look for a plugin and how to get one. */
export interface PluginOptions {
  /** Path of a plugin; wins over everything else. */
  readonly plugin?: string;
  /** Folder in which fetched plugins are kept, for example `artifacts/plugins`. */
  readonly folder: string;
  /** Called with the bytes of the download that have arrived, and how many there will be. */
  readonly onProgress?: (bytes: number, total: number) => void;
  /** Ends a download. */
  readonly signal?: AbortSignal;
  /** Replaces {@linkcode CPU_PLUGIN}. */
  readonly package?: PluginPackage;
  /** Replaces `Deno.build.target`. */
  readonly target?: string;
  /** Replaces the ways to call pip. */
  readonly pip?: readonly (readonly string[])[];
}

/** Written beside an installed plugin: it was verified when it looked like this. */
interface Installed {
  readonly bytes: number;
  readonly modified: number | null;
  readonly sha256: string;
}

const RECORD = "installed.json";

/**
 * Path of the plugin: given, named by the environment, or installed in the folder; `undefined` if
 * there is none. Does not use the network.
 *
 * @throws {Error} If a plugin is given or named that does not exist
 */
export async function findPlugin(options: PluginOptions): Promise<string | undefined> {
  const named = Deno.env.get(PLUGIN_VARIABLE);
  const [path, origin] = options.plugin
    ? [options.plugin, "--plugin"]
    : named
    ? [named, PLUGIN_VARIABLE]
    : [];
  if (path !== undefined) {
    await requireFile(path, (why, cause) =>
      new Error(
        `Cannot load the PJRT plugin "${path}" given by ${origin}: ${why}; expected the path of a ` +
          'shared library; run "deno task doctor" to see what is there',
        { cause },
      ));
    return await Deno.realPath(path);
  }
  const { package: wanted = CPU_PLUGIN } = options;
  const home = homeOf(options.folder, wanted);
  return await isIntact(home, wanted) ? resolve(home, basename(wanted.plugin.member)) : undefined;
}

/**
 * Path of the plugin: as {@linkcode findPlugin}, or else fetched with pip, verified and installed.
 *
 * @throws {Error} If it is not there and cannot be fetched; the message says why and lists the ways
 * out
 */
export async function ensurePlugin(options: PluginOptions): Promise<string> {
  const found = await findPlugin(options);
  if (found !== undefined) return found;
  const { package: wanted = CPU_PLUGIN, target = Deno.build.target } = options;
  try {
    if (!wanted.targets.includes(target)) {
      throw new Error(`it is built for ${wanted.targets.join(", ")}, this is ${target}`);
    }
    return await install(wanted, options);
  } catch (error) {
    throw new Error(
      `Cannot fetch the PJRT plugin ${wanted.name} ${wanted.version}: ${messageOf(error)}\n${
        waysOut(wanted)
      }`,
      { cause: error },
    );
  }
}

function waysOut({ name, version, plugin }: PluginPackage): string {
  return [
    "Ways out:",
    `  - where there is a pip: "pip download --no-deps ${name}==${version}", unzip the wheel, and`,
    `    pass "--plugin ${basename(plugin.member)}" or set ${PLUGIN_VARIABLE} to its path`,
    "  - any other PJRT plugin in the same way, for example xla_cuda_plugin.so of the wheel",
    "    jax-cuda13-pjrt on a machine with an NVIDIA GPU",
    '  - compute without a plugin, far more slowly: "--engine cpu"',
  ].join("\n");
}

function homeOf(folder: string, { name, version }: PluginPackage): string {
  return join(folder, `${name}-${version}`);
}

/** Whether the installed file still is the one that was verified; hashes it only if it was touched. */
async function isIntact(home: string, { plugin }: PluginPackage): Promise<boolean> {
  const path = join(home, basename(plugin.member));
  try {
    const { size, mtime } = await Deno.stat(path);
    if (size !== plugin.bytes) return false;
    const record: Installed = JSON.parse(await Deno.readTextFile(join(home, RECORD)));
    if (record.sha256 !== plugin.sha256) return false;
    const modified = mtime?.getTime() ?? null;
    if (record.modified === modified) return true;
    if (await sha256Of(path) !== plugin.sha256) return false;
    await Deno.writeTextFile(join(home, RECORD), JSON.stringify({ ...record, modified }) + "\n");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Fetches, verifies and unpacks beside the final place, then renames the whole folder into it. */
async function install(wanted: PluginPackage, options: PluginOptions): Promise<string> {
  const { folder, onProgress } = options;
  await Deno.mkdir(folder, { recursive: true });
  const temporary = await Deno.makeTempDir({ dir: folder, prefix: ".fetching-" });
  try {
    const wheel = await downloadWheel(`${wanted.name}==${wanted.version}`, temporary, {
      commands: options.pip,
      signal: options.signal,
      onProgress: (bytes) => onProgress?.(Math.min(bytes, wanted.wheel.bytes), wanted.wheel.bytes),
    });
    const digest = await sha256Of(wheel);
    if (digest !== wanted.wheel.sha256) {
      throw new Error(
        `the sha256 of ${basename(wheel)} is ${digest}, expected ${wanted.wheel.sha256}; it is ` +
          "another file than the one this project was tested with, and has been removed",
      );
    }
    onProgress?.(wanted.wheel.bytes, wanted.wheel.bytes);
    const name = basename(wanted.plugin.member);
    const ready = join(temporary, "ready");
    await Deno.mkdir(ready);
    const written = await unzipMember(wheel, wanted.plugin.member, join(ready, name));
    if (written.sha256 !== wanted.plugin.sha256) {
      throw new Error(
        `the sha256 of ${name} is ${written.sha256}, expected ${wanted.plugin.sha256}`,
      );
    }
    const { mtime } = await Deno.stat(join(ready, name));
    const record: Installed = { ...written, modified: mtime?.getTime() ?? null };
    await Deno.writeTextFile(join(ready, RECORD), JSON.stringify(record) + "\n");
    const home = homeOf(folder, wanted);
    await publishFolder(ready, home, () => isIntact(home, wanted));
    return resolve(home, name);
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}
