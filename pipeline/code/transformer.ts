/** esbuild in this process, where it needs no permissions. @module */
import { createRequire } from "node:module";

/** What is used of a plugin's arguments. */
export interface Resolving {
  readonly path: string;
  readonly importer: string;
}

/** A module that a plugin is to read. */
export interface Loading {
  readonly path: string;
  /** Import attributes, for example `{ type: "bytes" }`. */
  readonly with: Readonly<Record<string, string>>;
}

/** The hooks that a plugin may set. */
export interface PluginBuild {
  readonly onResolve: (
    options: { readonly filter: RegExp },
    callback: (args: Resolving) => {
      readonly path: string;
      readonly namespace?: string;
      readonly external?: boolean;
      readonly sideEffects?: boolean;
    },
  ) => void;
  readonly onLoad: (
    options: { readonly filter: RegExp; readonly namespace: string },
    callback: (
      args: Loading,
    ) => Promise<{ readonly contents: Uint8Array; readonly loader: string }>,
  ) => void;
}

/** What a build says of its parts. */
export interface Metafile {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<
    Record<string, {
      readonly imports: readonly { readonly path: string }[];
      readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
    }>
  >;
}

/** What is used of esbuild. */
export interface Esbuild {
  readonly transform: (
    source: string,
    options: Record<string, unknown>,
  ) => Promise<{ readonly code: string }>;
  readonly build: (options: Record<string, unknown>) => Promise<{
    readonly outputFiles: readonly { readonly text: string }[];
    readonly metafile: Metafile;
  }>;
}

/** The loader of a module, by its extension: `.ts`, `.tsx`, `.json`; JavaScript for all others. */
export function loaderOf(extension: string): string {
  if (extension === ".json") return "json";
  if (/^\.[mc]?ts$/.test(extension)) return "ts";
  return extension === ".tsx" ? "tsx" : "js";
}

let loading: Promise<Esbuild> | undefined;

/** Loads esbuild, once. */
export function esbuild(): Promise<Esbuild> {
  return loading ??= (async () => {
    // Indirect, so that a run that finds everything in the cache does not even look it up.
    const name = "esbuild-wasm/esm/browser.js";
    const module = await import(name);
    const require = createRequire(import.meta.resolve(name));
    const bytes = await Deno.readFile(require.resolve("esbuild-wasm/esbuild.wasm"));
    await module.initialize({ wasmModule: await WebAssembly.compile(bytes), worker: false });
    return module;
  })();
}
