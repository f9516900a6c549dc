/**
 * Stand-ins for what a machine with a GPU has and this one lacks: JAX's CUDA plugin, as a shared
 * library that answers and fails as told and has the CPU plugin do the work (`plugin.c`), the Python
 * environment around it, and `nvidia-smi`.
 *
 * @module
 */
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPlugin } from "../engines.ts";
import { permitted } from "../permitted.ts";

/** A call of the plugin that does not do what it should. */
export interface Fault {
  /** Which call is the first to fail, counted from 1 in each process; 1 by default. */
  readonly first?: number;
  /** How many fail from there on; all by default. */
  readonly times?: number;
  /** The error that it returns; none if not given. */
  readonly text?: string;
  /** `PJRT_Error_Code`; INTERNAL by default. */
  readonly code?: number;
  /** Written to standard error before. */
  readonly log?: string;
  /** Seconds to wait before. */
  readonly sleep?: number;
  /** Ends the process, as XLA's failed checks do. */
  readonly abort?: true;
}

/** What the stand-in answers and where it fails. */
export interface Settings {
  readonly platform?: string;
  readonly platform_version?: string;
  readonly device_kind?: string;
  /** Version of the C API. */
  readonly major?: number;
  readonly minor?: number;
  /** Devices of the client. */
  readonly devices?: number;
  readonly initialize?: Fault;
  readonly create?: Fault;
  /** Compilations of programs whose text has `match`, unless the options have `unless` in them. */
  readonly compile?: Fault & { readonly match?: string; readonly unless?: string };
  readonly put?: Fault;
  /** Runs of programs whose text has `match`; `later`: the error comes with the run's event. */
  readonly execute?: Fault & { readonly match?: string; readonly later?: true };
}

/** `PJRT_Error_Code`s. */
export const codes = { notFound: 5, exhausted: 8, precondition: 9, internal: 13 } as const;

/** What a stand-in answers if it is not told otherwise. */
export const h100: Settings = {
  platform: "cuda",
  platform_version: "cuda 13000",
  device_kind: "NVIDIA H100 80GB HBM3",
};

/** A line of `nvidia-smi` for the same device. */
export const h100Line = "GPU-5a1b, NVIDIA H100 80GB HBM3, 580.65.06, 81559";

/** A machine with a GPU that is not there. Dispose of it to remove its files. */
export interface StandIn extends AsyncDisposable {
  readonly folder: string;
  readonly plugin: string;
  /** Folder of Python packages. */
  readonly site: string;
  /** Environment in which the commands find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Replaces what the plugin answers besides {@linkcode h100}; read when a process loads it. */
  readonly set: (settings: Settings) => Promise<void>;
  /** Replaces the program `nvidia-smi`: a shell script. */
  readonly smi: (script: string) => Promise<void>;
}

const source = fileURLToPath(new URL("./plugin.c", import.meta.url));
const real = await findPlugin();

/** Why no stand-in can be made here; empty if one can. */
export const skipped: string = real === undefined
  ? ' (skipped: no plugin; run "deno task pipeline" once)'
  : Deno.build.os !== "linux" || !await hasCompiler()
  ? " (skipped: no C compiler cc, or not Linux)"
  : "";

async function hasCompiler(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("cc", { args: ["--version"], stdout: "null" })
      .output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Compiles C to a shared library. */
export async function compileLibrary(file: string, to: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("cc", {
    args: ["-shared", "-fPIC", "-O1", "-o", to, file, "-ldl", "-lpthread"],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot compile ${file}: ${new TextDecoder().decode(stderr)}`);
}

/** Makes a machine with one H100, on which everything works unless settings say otherwise. */
export async function openStandIn(settings: Settings = {}): Promise<StandIn> {
  const folder = await Deno.makeTempDir({ prefix: "stand-in-" });
  const home = join(folder, "venv"), bin = join(folder, "bin");
  const site = join(home, "lib", "python3.12", "site-packages");
  const plugin = join(site, "jax_plugins", "xla_cuda13", "xla_cuda_plugin.so");
  const folders = ["jax_cuda13_pjrt-0.11.2.dist-info", "nvidia/cu13/lib", "nvidia/cudnn/lib"];
  for (const name of folders) await Deno.mkdir(join(site, name), { recursive: true });
  await Deno.mkdir(dirname(plugin), { recursive: true });
  await Deno.mkdir(bin);
  await compileLibrary(source, plugin);
  const set = (settings: Settings) =>
    Deno.writeTextFile(
      join(dirname(plugin), "stand_in.txt"),
      lines({ real, ...h100, ...settings }).join("\n") + "\n",
    );
  const smi = (script: string) =>
    Deno.writeTextFile(join(bin, "nvidia-smi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await set(settings);
  await smi(`echo "${h100Line}"`);
  return {
    folder,
    plugin,
    site,
    environment: {
      VIRTUAL_ENV: home,
      PATH: `${bin}${delimiter}${Deno.env.get("PATH")}`,
      SMOOTHNESS_PJRT_PLUGIN: "",
      SMOOTHNESS_EXECUTABLES: "", // what is loaded was not compiled, and does not fail as told
      XLA_FLAGS: "--xla_backend_optimization_level=0", // compiling takes longest
    },
    set,
    smi,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Settings as lines `key=value`, nested ones as `key.key=value`. */
function lines(settings: object, prefix = ""): string[] {
  return Object.entries(settings).flatMap(([name, value]) =>
    typeof value === "object"
      ? lines(value, `${prefix}${name}.`)
      : [`${prefix}${name}=${String(value).replaceAll("\n", "\\n")}`]
  );
}

/** Registers a test that gets a stand-in with such faults; skipped where none can be made. */
export function testStandIn(
  name: string,
  settings: Settings,
  fn: (standIn: StandIn) => Promise<void>,
): void {
  permitted({
    name: name + skipped,
    ignore: skipped !== "",
    async fn() {
      await using standIn = await openStandIn(settings);
      await fn(standIn);
    },
  });
}
