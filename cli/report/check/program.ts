/**
 * The program that checks, as one script: this project's networks and TensorFlow.js, bundled. It is made
 * once and kept, as long as the modules that it is made of stay as they are.
 *
 * @module
 */
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ruleFile, type RuleKind, ruleNames } from "../../../lib/rules/mod.ts";
import { esbuild, loaderOf, type PluginBuild } from "../../../pipeline/code/transformer.ts";
import { digestOf } from "../../../pipeline/store/digest.ts";
import { writeCache } from "../../../pipeline/store/error.ts";
import { readJson, statIfPresent } from "../../../pipeline/store/files.ts";
import { ROOT } from "../../common/root.ts";

/** What is kept of the last bundle. */
interface Kept {
  /** Digests of the project's own modules in it, by path, and of what says which packages. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly text: string;
}

const ENTRY = fileURLToPath(new URL("./browser.ts", import.meta.url));
/** Kinds of rules that a model card names. */
const KINDS: readonly RuleKind[] = ["activation", "architecture"];
const NAMESPACE = "module";

/** Stand for packages: gradients alone of the layers, and nothing for what only Node.js has. */
const GRADIENTS = "@tensorflow/tfjs-layers", NOTHING = "nothing";

/** Where it is kept: it is the same for all stores. */
const CACHE = join(ROOT, "artifacts", "cache", "report-check.json");

/** The program's text, from the cache if nothing of it has changed. */
export async function checkProgram(): Promise<string> {
  const kept = readJson<Kept>(CACHE), entry = entryText();
  const same = (name: string, digest: string) =>
    name === "entry"
      ? digestOf(entry) === digest
      : statIfPresent(name) !== undefined && digestOf(Deno.readFileSync(name)) === digest;
  if (kept && Object.entries(kept.inputs).every(([name, digest]) => same(name, digest))) {
    return kept.text;
  }
  const { text, modules } = await bundle(entry);
  const own = [join(ROOT, "deno.lock"), ...modules.filter((name) => !name.includes("/npm/"))];
  const inputs = Object.fromEntries([
    ["entry", digestOf(entry)],
    ...own.map((name) => [name, digestOf(Deno.readFileSync(name))]),
  ]);
  writeCache(CACHE, JSON.stringify({ inputs, text }));
  return text;
}

/** A module that starts the program with all rules there are. */
function entryText(): string {
  const files = KINDS.flatMap((kind) => ruleNames(kind).map((name) => ruleFile(kind, name)));
  const path = (url: URL) => JSON.stringify(fileURLToPath(url));
  const rules = KINDS.map((kind) =>
    `${kind}: {${
      files.flatMap((file, i) =>
        file.kind === kind ? [`${JSON.stringify(file.name)}: rule${i}`] : []
      )
    }}`
  );
  return [
    `import { install } from ${JSON.stringify(ENTRY)};`,
    ...files.map(({ kind, module }, i) => `import { ${kind} as rule${i} } from ${path(module)};`),
    `install({ ${rules} });`,
  ].join("\n");
}

async function bundle(entry: string): Promise<{ text: string; modules: string[] }> {
  const { build } = await esbuild();
  const { outputFiles: [{ text }], metafile } = await build({
    entryPoints: ["entry"],
    bundle: true,
    write: false,
    metafile: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
    plugins: [{ name: "modules", setup: (build: PluginBuild) => followImports(build, entry) }],
  });
  const modules = Object.keys(metafile.inputs).map((name) => name.slice(NAMESPACE.length + 1));
  return { text, modules: modules.filter((name) => name.startsWith("/")).sort() };
}

function followImports({ onResolve, onLoad }: PluginBuild, entry: string): void {
  onResolve({ filter: /.*/ }, ({ path, importer }) => ({
    path: importer === "" ? path : resolved(path, importer),
    namespace: NAMESPACE,
  }));
  onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => {
    const text = path === "entry"
      ? entry
      : path === NOTHING
      ? "module.exports = {};"
      : path === GRADIENTS
      ? 'import "@tensorflow/tfjs-core/dist/register_all_gradients.js";'
      : undefined;
    return text === undefined
      ? { contents: await Deno.readFile(path), loader: loaderOf(extname(path)) }
      : { contents: new TextEncoder().encode(text), loader: "js" };
  });
}

/** What an import stands for in a browser. */
function resolved(specifier: string, importer: string): string {
  if (specifier.startsWith("/")) return specifier;
  if (specifier.startsWith(".")) return fileOf(join(dirname(importer), specifier));
  if (specifier === GRADIENTS) return GRADIENTS;
  if (/^node:|^(node-fetch|util|crypto|worker_threads)$/.test(specifier)) return NOTHING;
  const [, name, rest] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(specifier)!;
  if (!name.startsWith("@")) return createRequire(importer).resolve(specifier);
  const { folder, module } = packageOf(name);
  return fileOf(join(folder, rest ?? module));
}

/** Where a package lies, and its entry for bundlers. */
function packageOf(name: string): { folder: string; module: string } {
  let folder = dirname(fileURLToPath(import.meta.resolve(name)));
  while (statIfPresent(join(folder, "package.json")) === undefined) folder = dirname(folder);
  const { module } = JSON.parse(Deno.readTextFileSync(join(folder, "package.json")));
  return { folder, module };
}

/** A path that may lack its ending. */
const fileOf = (path: string): string =>
  [path, `${path}.js`, join(path, "index.js")].find((one) => statIfPresent(one)?.isFile) ?? path;
