/**
 * Digest of the code that a stage runs: its entry, every module and package reached from it, and
 * nothing else. Comments, types and formatting do not count.
 *
 * @module
 */
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Digest, digestOf } from "../store/digest.ts";
import { readJson, statIfPresent } from "../store/files.ts";
import { writeCache } from "../store/error.ts";
import { type CodeContent, codeDigest, type CodeRecord } from "./code_record.ts";
import { openPackages, PACKAGE_FILES, type Packages } from "./packages.ts";
import type { References } from "./references.ts";
import { openStatCache, type StatCache } from "./stat_cache.ts";

/** Enters the cache's name: entries of another normaliser or form are never read. */
const NORMALISER = "esbuild-wasm-0.28.1-late";

const MODULE = /^\.([mc]?[jt]s|[jt]sx|json)$/;

/** What is known of one module, by the digest of its source. */
interface Known extends References {
  /** Digest of the normalised module. */
  readonly digest: Digest;
}

/** Options of {@linkcode openCode}. */
export interface CodeOptions {
  /** Folder of `deno.json` and `deno.lock`; paths are hashed relative to it. */
  readonly root: string;
  /** Folder for caches; losing it costs time only. */
  readonly cache: string;
  readonly stats?: StatCache;
}

/** Computes digests of code. */
export interface Code {
  /**
   * Digest of what a stage's entry runs.
   *
   * @throws {Error} If a module is missing or does not parse, or a package is not locked
   */
  readonly digest: (entry: URL) => Promise<Digest>;
  /**
   * What a stage's entry runs, part by part, so that a later change can be told.
   *
   * Takes about as long as digesting the code the first time.
   *
   * @param wanted Of which modules the declarations are wanted; of all if left out
   */
  readonly record: (
    entry: URL,
    wanted?: (module: string, digest: Digest) => boolean,
  ) => Promise<CodeRecord>;
  /** Paths of the local modules and files that an entry reaches, sorted. */
  readonly files: (entry: URL) => Promise<readonly string[]>;
  /** Whether its process reads some of it only while it runs, and not when it starts. */
  readonly late: (entry: URL) => Promise<boolean>;
  /** Forgets what was read, because files may have been edited since. */
  readonly refresh: () => void;
  /** Keeps what was learnt for the next process. */
  readonly save: () => void;
}

/** What an entry reaches. */
interface Walk {
  /** Digests by path. */
  readonly parts: ReadonlyMap<string, Digest>;
  readonly packages: ReadonlySet<string>;
  readonly late: boolean;
}

/** Opens the code of a repository. */
export function openCode({ root, cache, stats }: CodeOptions): Code {
  const files = stats ?? openStatCache(join(cache, "files.json"));
  const path = join(cache, `modules-${NORMALISER}.json`);
  const known = new Map<string, Known>(Object.entries(readJson<Record<string, Known>>(path) ?? {}));
  let opened: { readonly digests: string; readonly packages: Packages } | undefined;
  let changed = false;

  /** What `deno.json` and `deno.lock` say now; an edit during a run is seen. */
  async function currentPackages(): Promise<Packages> {
    const digests = (await Promise.all(
      PACKAGE_FILES.map((name) => join(root, name)).map((path) =>
        statIfPresent(path) === undefined ? "missing" : files.digest(path)
      ),
    )).join(" ");
    if (opened?.digests !== digests) opened = { digests, packages: openPackages(root) };
    return opened.packages;
  }

  async function inspect(file: string): Promise<Known> {
    const extension = extname(file), source = await files.digest(file);
    const name = `${extension} ${source}`;
    const hit = known.get(name);
    if (hit !== undefined) return hit;
    const { normalise } = await import("./normalise.ts");
    const { references } = await import("./references.ts");
    const code = await normalise(await Deno.readTextFile(file), extension);
    const found = extension === ".json"
      ? { modules: [], files: [], late: false }
      : await references(code);
    const entry = { digest: digestOf(code), ...found };
    known.set(name, entry);
    changed = true;
    return entry;
  }

  async function walk(entry: URL): Promise<Walk> {
    let late = false;
    const parts = new Map<string, Digest>(), locked = new Set<string>();
    const queue = [fileURLToPath(entry)], packages = await currentPackages();
    for (let file; (file = queue.pop()) !== undefined;) {
      if (parts.has(file)) continue;
      if (!MODULE.test(extname(file))) {
        parts.set(file, await files.digest(file));
        continue;
      }
      const from = file;
      const module = await inspect(file).catch((error) => {
        throw error instanceof Deno.errors.NotFound
          ? new Error(`Cannot find module "${relative(root, from)}"`, { cause: error })
          : new Error(`Cannot read module "${relative(root, from)}": ${error.message}`, {
            cause: error,
          });
      });
      parts.set(file, module.digest);
      late ||= module.late;
      for (const specifier of module.modules) {
        const target = packages.mapped(specifier);
        if (/^(npm|jsr):/.test(target)) {
          for (const line of packages.closure(target)) locked.add(line);
        } else if (/^\.{0,2}\//.test(target)) {
          // An import map's paths are relative to the root, a module's own to itself.
          queue.push(join(target === specifier ? dirname(file) : root, target));
        } else if (target.startsWith("file:")) {
          queue.push(fileURLToPath(target));
        } else if (/^https?:/.test(target)) {
          for (const line of [target, ...packages.remote(target)]) locked.add(line);
        } else if (/^data:/.test(target)) {
          locked.add(target);
        } else if (!target.startsWith("node:")) {
          throw new Error(
            `Cannot tell what "${specifier}" is, which "${nameOf(file)}" imports: deno.json does ` +
              'not list it in "imports"; run "deno add"',
          );
        }
      }
      for (const name of module.files) {
        const target = join(dirname(file), name);
        if (statIfPresent(target)?.isFile) queue.push(target);
      }
    }
    return { parts, packages: locked, late };
  }

  const walks = new Map<string, ReturnType<typeof walk>>();
  /** Digests of what was walked, which thousands of cells ask for. */
  const digests = new Map<string, Promise<Digest>>();
  const walked = (entry: URL) => {
    if (!walks.has(entry.href)) walks.set(entry.href, walk(entry));
    return walks.get(entry.href)!;
  };

  const nameOf = (file: string) => slashed(relative(root, file));

  async function content(entry: URL): Promise<CodeContent> {
    const { parts, packages } = await walked(entry);
    return {
      entry: nameOf(fileURLToPath(entry)),
      modules: Object.fromEntries([...parts].map(([file, digest]) => [nameOf(file), digest])),
      packages: [...packages].sort(),
    };
  }

  return {
    digest(entry) {
      if (!digests.has(entry.href)) digests.set(entry.href, content(entry).then(codeDigest));
      return digests.get(entry.href)!;
    },
    async record(entry, wanted = () => true) {
      const { declarationsOf } = await import("./declarations.ts");
      const declarations: Record<string, Readonly<Record<string, string>>> = {};
      for (const [file, digest] of (await walked(entry)).parts) {
        const extension = extname(file);
        if (!MODULE.test(extension) || extension === ".json") continue;
        if (!wanted(nameOf(file), digest)) continue;
        const source = await Deno.readTextFile(file).catch(() => undefined);
        // A module edited since it was digested would be recorded as what it is not.
        if (source === undefined) continue;
        if (known.get(`${extension} ${digestOf(source)}`)?.digest !== digest) continue;
        declarations[nameOf(file)] = await declarationsOf(source, extension);
      }
      return { ...await content(entry), declarations };
    },
    files: async (entry) => [...(await walked(entry)).parts.keys()].sort(),
    late: async (entry) => (await walked(entry)).late,
    refresh() {
      walks.clear();
      digests.clear();
    },
    save() {
      if (stats === undefined) files.save();
      if (changed) writeCache(path, JSON.stringify(Object.fromEntries(known)));
      changed = false;
    },
  };
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
