/**
 * What an entry runs, as one text: bundled, without what it does not use, without types, comments
 * and formatting, with the shortest names. Two entries with equal texts do the same.
 *
 * @module
 */
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rename } from "./rename.ts";
import { esbuild, loaderOf, type Loading } from "./transformer.ts";

/** Namespace of local modules among a build's inputs. */
const LOCAL = "module-of-the-repository";

/** What stands for modules beneath the boundary: where they lie does not count. */
const BENEATH = "beneath:";

/** How imports are followed. */
export interface ShakeOptions {
  /** Folder of `deno.json`: paths of its import map are relative to it. */
  readonly root: string;
  /** Replaces a bare specifier by what the import map says. */
  readonly mapped: (specifier: string) => string;
  /** Whether a module is left outside. */
  readonly isBeneath: (path: string) => boolean;
}

/** An entry without what it does not use. */
export interface Shaken {
  readonly text: string;
  /** Paths of all modules that were read, used or not. */
  readonly modules: readonly string[];
  /** Those of which something is used. */
  readonly used: readonly string[];
  /** Specifiers of packages that are loaded: `npm:…`, `jsr:…`, `https:…`, `data:…`. */
  readonly packages: readonly string[];
  /** Paths of the modules beneath the boundary that are used. */
  readonly beneath: readonly string[];
}

/**
 * Bundles an entry.
 *
 * @throws {Error} If a module is missing or does not parse, or an import cannot be followed
 */
export async function shake(entry: string, options: ShakeOptions): Promise<Shaken> {
  const { build, transform } = await esbuild();
  const packages = new Map<string, string>(), beneath = new Set<string>();
  const { outputFiles: [{ text }], metafile } = await build({
    // by another name: esbuild takes asterisks for patterns
    entryPoints: ["entry"],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    target: "esnext",
    minifySyntax: true,
    minifyWhitespace: true,
    treeShaking: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
    plugins: [{
      name: "local",
      setup(build: import("./transformer.ts").PluginBuild) {
        build.onResolve({ filter: /.*/ }, ({ path, importer }) => {
          const found: Resolved = importer === ""
            ? { kind: "local", path: entry }
            : resolve(path, importer, options);
          if (found.kind === "package") {
            packages.set(found.name, found.specifier);
            return { path: found.name, external: true };
          }
          if (found.kind === "builtin") return { path, external: true };
          if (importer === "" || !options.isBeneath(found.path)) {
            return { path: found.path, namespace: LOCAL };
          }
          beneath.add(found.path);
          return { path: BENEATH, external: true, sideEffects: false };
        });
        build.onLoad({ filter: /.*/, namespace: LOCAL }, load);
      },
    }],
  }).catch((error: Error) => {
    const text = error.message.replaceAll(`${LOCAL}:`, "")
      .replaceAll(join(options.root, "/"), "");
    throw new Error(`Cannot read the code of "${relative(options.root, entry)}": ${text}`, {
      cause: error,
    });
  });
  // In a pass of its own: which names are short depends on how often letters come, and types have
  // letters. What still depends on it is undone by renaming.
  const { code } = await transform(withoutPaths(text), {
    loader: "js",
    format: "esm",
    target: "esnext",
    minify: true,
    treeShaking: true,
    charset: "utf8",
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  const loaded = new Set(output.imports.map(({ path }) => path));
  const pathOf = (name: string) => name.slice(LOCAL.length + 1);
  return {
    text: rename(code),
    modules: Object.keys(metafile.inputs).map(pathOf).sort(),
    used: Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([name]) => pathOf(name)).sort(),
    packages: [...packages].filter(([name]) => loaded.has(name)).map(([, found]) => found).sort(),
    beneath: loaded.has(BENEATH) ? [...beneath].sort() : [],
  };
}

/** A module that is imported late goes by a string with its path. */
function withoutPaths(text: string): string {
  const names = new Map<string, string>();
  return text.replaceAll(new RegExp(`"${LOCAL}:[^"]*"`, "g"), (path) => {
    if (!names.has(path)) names.set(path, `"module ${names.size}"`);
    return names.get(path)!;
  });
}

type Resolved =
  | { readonly kind: "local"; readonly path: string }
  | { readonly kind: "package"; readonly name: string; readonly specifier: string }
  | { readonly kind: "builtin" };

function resolve(specifier: string, importer: string, { root, mapped }: ShakeOptions): Resolved {
  const target = mapped(specifier);
  if (target.startsWith("node:")) return { kind: "builtin" };
  if (/^(npm|jsr):/.test(target)) {
    // The version counts by what the lock file says of it, and not as it is written.
    const name = target.replace(/^(npm|jsr):\/?((?:@[^/]+\/)?[^@/]+)(?:@[^/]+)?/, "$1:$2");
    return { kind: "package", name, specifier: target };
  }
  if (/^(https?|data):/.test(target)) return { kind: "package", name: target, specifier: target };
  if (target.startsWith("file:")) return { kind: "local", path: fileURLToPath(target) };
  // An import map's paths are relative to the root, a module's own to itself.
  return { kind: "local", path: join(target === specifier ? dirname(importer) : root, target) };
}

async function load({ path, with: attributes }: Loading) {
  const contents = await Deno.readFile(path);
  const loader = attributes.type === "text"
    ? "text"
    : attributes.type === "bytes"
    ? "binary"
    : loaderOf(extname(path));
  return { contents, loader };
}
