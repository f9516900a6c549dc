/** Builds the binding: fetches, verifies, compiles, checks, and only then puts it in its place. @module */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { lockFlags } from "../std/locked.ts";
import { downloadWheel } from "../pjrt_plugin/pip.ts";
import { publishFolder, sha256Of } from "../pjrt_plugin/publish.ts";
import { unzipMembers } from "../pjrt_plugin/unzip.ts";
import { compileBinding } from "./compile.ts";
import { installCuda } from "./cuda.ts";
import {
  bindingHome,
  type BindingRecord,
  describeFile,
  findBinding,
  type InstalledFile,
  isIntact,
  writeRecord,
} from "./find.ts";
import { type NpmSources, npmSources } from "./npm_sources.ts";
import {
  BINDING,
  BINDING_PACKAGE,
  BINDING_SOURCES,
  HEADERS,
  HEADERS_PACKAGE,
  INCLUDE_FOLDER,
  LIBRARIES,
  LIBRARY_FOLDER,
  TENSORFLOW_CPU,
  type TensorflowPackage,
} from "./package.ts";
import type { BuildOptions } from "./options.ts";
import { checkRequirements, gigabytes, TEMPORARY_PREFIX } from "./_requirements.ts";

/** A built binding. */
export interface BuiltBinding {
  readonly path: string;
  /** False if it was there already. */
  readonly built: boolean;
}

/**
 * Builds the binding, unless one is there that works.
 *
 * @throws {Error} If it cannot be built; the message says why and what to do
 */
export async function buildBinding(options: BuildOptions): Promise<BuiltBinding> {
  const { folder, package: wanted = TENSORFLOW_CPU } = options;
  const found = await findBinding({ folder, packages: [wanted] });
  const works = found !== undefined &&
    await (options.check ?? checkBinding)(found).then(() => true, () => false);
  if (works) return { path: found, built: false };
  try {
    return { path: await build(wanted, options, found !== undefined), built: true };
  } catch (error) {
    throw new Error(
      `Cannot build the engine "tensorflow" from ${wanted.name} ${wanted.version}: ${
        spaceHint(error as Error, wanted)
      }\n${waysOut(bindingHome(folder, wanted))}`,
      { cause: error },
    );
  }
}

/** @param broken Whether the build that is in place does not work */
async function build(
  wanted: TensorflowPackage,
  options: BuildOptions,
  broken: boolean,
): Promise<string> {
  const { folder, onProgress = () => {} } = options;
  const compiler = await checkRequirements(wanted, options);

  const temporary = await Deno.makeTempDir({ dir: folder, prefix: TEMPORARY_PREFIX });
  try {
    onProgress({ step: `Fetching the sources of ${BINDING_PACKAGE.name}` });
    const sources = await (options.sources ?? npmSources)();
    const ready = join(temporary, "ready"), libraries = join(ready, LIBRARY_FOLDER);
    await Deno.mkdir(libraries, { recursive: true });
    const include = join(temporary, "include");
    await fetchTensorflow(wanted, options, { temporary, libraries, include });
    onProgress({ step: `Compiling the binding with ${compiler.version}` });
    const output = join(libraries, BINDING);
    await compileBinding(compiler, { sources, include, libraries, output });
    await installCuda(wanted, options, { temporary, ready });
    onProgress({ step: "Checking it in a process of its own" });
    const verified = await (options.check ?? checkBinding)(output);
    await writeRecord(ready, {
      wheels: Object.fromEntries(
        [wanted, ...wanted.cuda].map(({ name, version, sha256 }) => [name, { version, sha256 }]),
      ),
      packages: Object.fromEntries(
        [BINDING_PACKAGE, HEADERS_PACKAGE].map(({ name, version }) => [name, version]),
      ),
      sources: await digestsOf(sources),
      compiler: compiler.version,
      verified,
      files: await describeFiles(ready),
    });
    const home = bindingHome(folder, wanted);
    await publishFolder(ready, home, async () => !broken && await isIntact(home, wanted));
    return await Deno.realPath(join(home, LIBRARY_FOLDER, BINDING));
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

/** Takes the libraries and headers out of TensorFlow's wheel. */
async function fetchTensorflow(
  wanted: TensorflowPackage,
  { pip, onProgress = () => {} }: BuildOptions,
  { temporary, libraries, include }: Record<"temporary" | "libraries" | "include", string>,
): Promise<void> {
  const { name, version, bytes: total } = wanted;
  const step = `Fetching ${name} ${version}`;
  const wheel = await downloadWheel(`${name}==${version}`, temporary, {
    commands: pip,
    args: wanted.pipArguments,
    onProgress: (bytes) => onProgress({ step, bytes: Math.min(bytes, total), total }),
  });
  onProgress({ step, bytes: total, total });
  const digest = await sha256Of(wheel);
  if (digest !== wanted.sha256) {
    throw new Error(
      `the sha256 of ${basename(wheel)} is ${digest}, expected ${wanted.sha256}; it is another ` +
        "file than the one this project was tested with, and has been removed",
    );
  }
  onProgress({ step: "Unpacking its libraries and headers" });
  const paths: Record<string, string> = {};
  for (const name of LIBRARIES) paths[`${LIBRARY_FOLDER}/${name}`] = join(libraries, name);
  for (const name of HEADERS) {
    const path = paths[`${INCLUDE_FOLDER}/${name}`] = join(include, name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
  }
  await unzipMembers(wheel, paths);
  await Deno.remove(wheel);
}

/** Computes with a binding in a new process, which a binding that crashes takes down alone. */
async function checkBinding(path: string): Promise<BindingRecord["verified"]> {
  const entry = fileURLToPath(new URL("./_check.ts", import.meta.url));
  const { success, code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      ...lockFlags(fileURLToPath(new URL("../..", import.meta.url))),
      `--allow-read=${path}`,
      "--allow-ffi",
      entry,
      path,
    ],
    env: { NO_COLOR: "1", TF_CPP_MIN_LOG_LEVEL: "3" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (success) return JSON.parse(text.decode(stdout).trim().split("\n").at(-1)!);
  const said = text.decode(stderr).trim().split("\n").slice(-6).join("\n");
  throw new Error(`the check of what was built ended with ${signal ?? code}:\n${said}`);
}

async function digestsOf({ binding }: NpmSources): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const name of BINDING_SOURCES) {
    digests[name] = await sha256Of(join(binding, "binding", name));
  }
  return digests;
}

/** The installed libraries and the binding; wheels of CUDA have been verified by pip. */
async function describeFiles(ready: string): Promise<Record<string, InstalledFile>> {
  const files: Record<string, InstalledFile> = {};
  for (const name of [...LIBRARIES, BINDING]) {
    const path = join(LIBRARY_FOLDER, name);
    files[path] = await describeFile(join(ready, path));
  }
  return files;
}

function waysOut(home: string): string {
  return [
    "Ways out:",
    "  - where this machine lacks network, pip or a compiler: build it on another one like it and",
    `    copy the folder to "${home}"`,
    '  - compute without it: "--engine pjrt" computes the same, compiled',
  ].join("\n");
}

function spaceHint({ message }: Error, { space }: TensorflowPackage): string {
  return /no space left|ENOSPC/i.test(message)
    ? `${message}; free ${gigabytes(space)}, or pass --store DIR`
    : message;
}
