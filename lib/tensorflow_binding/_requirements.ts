/** What must be there before a build begins. @module */
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { findPip } from "../pjrt_plugin/pip.ts";
import type { BuildOptions } from "./options.ts";
import { type Compiler, compilers, findCompiler } from "./compile.ts";
import type { TensorflowPackage } from "./package.ts";

/** Names of folders in which builds are made begin with this. */
export const TEMPORARY_PREFIX = ".building-";

/** What a build that was ended by force leaves is removed after this time, milliseconds. */
const ABANDONED_MS = 3_600_000;

/**
 * Finds the compiler, and makes room: the folder is there, and free of what other builds left.
 *
 * @throws {Error} If something is missing; the message says what to do
 */
export async function checkRequirements(
  wanted: TensorflowPackage,
  options: BuildOptions,
): Promise<Compiler> {
  const { folder, pip, target = Deno.build.target } = options;
  if (!wanted.targets.includes(target)) {
    throw new Error(
      `it is built for ${wanted.targets.join(", ")}, this is ${target}`,
    );
  }
  const compiler = await findCompiler(options.compilers);
  if (compiler === undefined) {
    throw new Error(
      `no C++ compiler was found (tried ${
        (options.compilers ?? compilers()).join(", ")
      }); install ` +
        'one, for example with "apt-get install g++" or "dnf install gcc-c++", or name it in CXX',
    );
  }
  if (await findPip(pip) === undefined) {
    throw new Error(
      'no pip was found; install one, for example with "apt-get install python3-pip"',
    );
  }
  await Deno.mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = options.free ?? bavail * bsize;
  if (free < wanted.space) {
    throw new Error(
      `it takes ${gigabytes(wanted.space)}, but only ${gigabytes(free)} are free in "${folder}"; ` +
        "free some, or pass --store DIR",
    );
  }
  return compiler;
}

/** Removes what builds have left that were ended by force. */
async function removeAbandoned(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    const path = join(folder, name);
    const { mtime } = await Deno.stat(path);
    if (mtime !== null && Date.now() - mtime.getTime() > ABANDONED_MS) {
      await Deno.remove(path, { recursive: true });
    }
  }
}

/** An amount of space in words. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
