/** Where built bindings lie, and whether one still is what was verified. @module */
import { join } from "node:path";
import { requireFile, statIfThere } from "../missing.ts";
import { sha256Of } from "../pjrt_plugin/publish.ts";
import {
  BINDING,
  BINDING_PACKAGE,
  LIBRARY_FOLDER,
  TENSORFLOW_CPU,
  TENSORFLOW_GPU,
  type TensorflowPackage,
} from "./package.ts";

/** Written beside an installed binding: what it was built from, by what, and what was verified. */
export interface BindingRecord {
  /** Wheels by name: version and SHA-256. */
  readonly wheels: Readonly<Record<string, { readonly version: string; readonly sha256: string }>>;
  /** npm packages by name: version. */
  readonly packages: Readonly<Record<string, string>>;
  /** SHA-256 of each compiled source. */
  readonly sources: Readonly<Record<string, string>>;
  /** What the compiler says of itself. */
  readonly compiler: string;
  /** What a new process that loaded it reported. */
  readonly verified: {
    readonly tensorflow: string;
    readonly gpu: boolean;
    readonly deno: string;
  };
  /** Installed files, by their paths in the folder. */
  readonly files: Readonly<Record<string, InstalledFile>>;
}

/** A file when it was verified. */
export interface InstalledFile {
  readonly bytes: number;
  readonly modified: number | null;
  readonly sha256: string;
}

/** Where to look for a binding. */
export interface FindOptions {
  /** Path of a binding; wins over everything else. */
  readonly binding?: string;
  /** Folder in which built engines are kept, for example `artifacts/engines`. */
  readonly folder: string;
  /** Builds to look for, the best first; all by default. */
  readonly packages?: readonly TensorflowPackage[];
}

const RECORD = "installed.json";

/** Folder in which a build is kept, for example `artifacts/engines/tensorflow-2.21.0`. */
export function bindingHome(folder: string, { version, cuda }: TensorflowPackage): string {
  return join(folder, `tensorflow-${version}${cuda.length > 0 ? "-gpu" : ""}`);
}

/**
 * Path of the binding: given, or built in the folder (for a GPU first); `undefined` if there is
 * none. Does not use the network.
 *
 * @throws {Error} If a binding is given that does not exist
 */
export async function findBinding(options: FindOptions): Promise<string | undefined> {
  const { binding, folder, packages = [TENSORFLOW_GPU, TENSORFLOW_CPU] } = options;
  if (binding !== undefined) {
    await requireFile(binding, (why, cause) =>
      new Error(
        `Cannot load the TensorFlow binding "${binding}": ${why}; expected the path of a ${BINDING}; ` +
          'run "deno task engine:tensorflow" to build one',
        { cause },
      ));
    return await Deno.realPath(binding);
  }
  for (const wanted of packages) {
    const home = bindingHome(folder, wanted);
    if (await isIntact(home, wanted)) {
      return await Deno.realPath(join(home, LIBRARY_FOLDER, BINDING));
    }
  }
  return undefined;
}

/** The record of an installed build; `undefined` if there is none that can be read. */
export async function readRecord(home: string): Promise<BindingRecord | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(join(home, RECORD)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes the record of a build. */
export async function writeRecord(home: string, record: BindingRecord): Promise<void> {
  await Deno.writeTextFile(join(home, RECORD), JSON.stringify(record, null, 1) + "\n");
}

/** A file as it is to be found again. */
export async function describeFile(path: string, sha256?: string): Promise<InstalledFile> {
  const { size, mtime } = await Deno.stat(path);
  return {
    bytes: size,
    modified: mtime?.getTime() ?? null,
    sha256: sha256 ?? await sha256Of(path),
  };
}

/** Whether a folder holds a build of what is pinned, with all files as they were verified. */
export async function isIntact(home: string, wanted: TensorflowPackage): Promise<boolean> {
  const record = await readRecord(home);
  if (
    record?.wheels?.[wanted.name]?.sha256 !== wanted.sha256 ||
    record.packages?.[BINDING_PACKAGE.name] !== BINDING_PACKAGE.version
  ) return false;
  const files: Record<string, InstalledFile> = {};
  let touched = false;
  for (const [name, expected] of Object.entries(record.files)) {
    const path = join(home, name);
    const info = await statIfThere(path);
    if (info?.size !== expected.bytes) return false;
    if (info.mtime?.getTime() === expected.modified) {
      files[name] = expected;
      continue;
    }
    files[name] = await describeFile(path);
    if (files[name].sha256 !== expected.sha256) return false;
    touched = true;
  }
  if (touched) await writeRecord(home, { ...record, files });
  return true;
}
