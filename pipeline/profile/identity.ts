/**
 * Which profile is which: those that come with the project go by their names, all others by the paths
 * of their files. Two files of one name are two profiles; a file that is edited stays the same one.
 *
 * @module
 */
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOfValue } from "../store/digest.ts";

/** How a profile is called, and where. */
export interface ProfileIdentity {
  /** For people: name of its file without the extension, for example `demo`. */
  readonly name: string;
  /**
   * Name that no other profile of this machine has, for its latest cells and its results: `demo`, or for
   * `runs/a/config.yaml` the like of `config-0a1b2c3d`.
   */
  readonly id: string;
  /** Such a name that a file in the repository has in every checkout, for lockfiles. */
  readonly lockName: string;
  /** What `--profile` takes for it in the repository: `demo`, or the path of its file. */
  readonly argument: string;
  /** Path of its file; its name, if it comes with the project. */
  readonly path: string;
}

/** Folder of the profiles that come with the project. */
export const PROFILES = fileURLToPath(new URL("../profiles/", import.meta.url));

/**
 * Names of the profiles that come with the project; none within a bundle, which has no such folder, and
 * none where it may not be read, since help texts name them.
 */
export function profileNames(): string[] {
  try {
    return [...Deno.readDirSync(PROFILES)].map(({ name }) => name)
      .filter((name) => name.endsWith(".yaml")).map((name) => name.slice(0, -5)).sort();
  } catch (error) {
    const { NotFound, NotCapable } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotCapable) return [];
    throw error;
  }
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Whether a profile is given as the path of its file. */
export function isProfilePath(given: string): boolean {
  return /[\\/]|\.ya?ml$/.test(given);
}

/** The identity of a profile that is given by its name, or by the path of its file. */
export function profileIdentity(given: string): ProfileIdentity {
  if (!isProfilePath(given)) return named(given);
  const path = realPath(resolve(given)), name = basename(path, extname(path));
  if (path === join(PROFILES, `${name}.yaml`)) return named(name);
  const inside = relative(ROOT, path), place = inside.startsWith("..") ? path : inside;
  const distinct = (path: string) => distinctName(name, digestOfValue("profile", path));
  const argument = isProfilePath(place) ? place : path;
  return { name, id: distinct(path), lockName: distinct(place), argument, path };
}

/** The identity of a profile that goes by its name alone. */
export function named(name: string): ProfileIdentity {
  return { name, id: name, lockName: name, argument: name, path: name };
}

/** A short name as a part of file names, told from others of the same name by a digest. */
export function distinctName(name: string, digest: string): string {
  return `${name.replaceAll(/[^\w.-]/g, "_").slice(0, 60)}-${digest.slice(0, 8)}`;
}

/** The path without links; as it is where nothing is. */
function realPath(path: string): string {
  try {
    return join(Deno.realPathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
