/**
 * Digest of the code that a cell runs: its stage's entry and its rules, each without what it does
 * not use, and the packages that these load. Comments, types, formatting, names of files and of
 * local variables, and functions that nothing calls do not count.
 *
 * What is beneath a boundary that the stage names is how a cell is computed and not what: its digest
 * is provenance.
 *
 * @module
 */
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson } from "../store/canonical.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { type Digest, digestOf, digestOfValue } from "../store/digest.ts";
import { filesBelow, readJson, statIfPresent } from "../store/files.ts";
import { writeCache } from "../store/error.ts";
import { type CodeContent, codeDigest, type CodeRecord, readCodeRecord } from "./code_record.ts";
import { isPackage, openPackages, PACKAGE_FILES, type Packages } from "./packages.ts";
import type { References } from "./references.ts";
import { openStatCache, type StatCache } from "./stat_cache.ts";
import { isCurrent, makeUnit, type Unit } from "./unit.ts";

/** Enters the caches' names: entries of another tool or form are never read. */
const TOOL = "esbuild-wasm-0.28.1-shaken";

const MODULE = /^\.([mc]?[jt]s|[jt]sx|json)$/;

/** What is known of one module, by the digest of its source. */
interface Known extends References {
  /** Digest of the normalised module. */
  readonly digest: Digest;
}

/** What the code of a cell is made of. */
export type CodeOf = Pick<CellDeclaration, "stage" | "rules">;

/** Options of {@linkcode openCode}. */
export interface CodeOptions {
  /** Folder of `deno.json` and `deno.lock`; paths are hashed relative to it. */
  readonly root: string;
  /** Folder for caches; losing it costs time only. */
  readonly cache: string;
  /** Folder of code records: the same sources are the same code, whatever a newer tool makes of them. */
  readonly records?: string;
  readonly stats?: StatCache;
  /** Name of what makes the digests. */
  readonly tool?: string;
}

/** Computes digests of code. */
export interface Code {
  /**
   * Digest of what a cell runs.
   *
   * @throws {Error} If a module is missing or does not parse, or a package is not locked
   */
  readonly digest: (cell: CodeOf) => Promise<Digest>;
  /** Digest of the code beneath the boundary that a cell's stage names; `undefined` if it uses none. */
  readonly beneath: (cell: CodeOf) => Promise<Digest | undefined>;
  /**
   * What a cell runs, part by part, so that a later change can be told.
   *
   * Takes about as long as digesting the code the first time.
   *
   * @param wanted Of which modules the declarations are wanted; of all if left out
   */
  readonly record: (
    cell: CodeOf,
    wanted?: (module: string, digest: Digest) => boolean,
  ) => Promise<CodeRecord>;
  /** Paths of the local modules and files that a cell's process may read, sorted. */
  readonly files: (cell: CodeOf) => Promise<readonly string[]>;
  /** Whether its process reads some of it only while it runs, and not when it starts. */
  readonly late: (cell: CodeOf) => Promise<boolean>;
  /** Forgets what was read, because files may have been edited since. */
  readonly refresh: () => void;
  /** Keeps what was learnt for the next process. */
  readonly save: () => void;
}

/** What entries reach. */
interface Walk {
  /** Digests of normalised modules and of files by path. */
  readonly parts: ReadonlyMap<string, Digest>;
  /** Lines of the lock file. */
  readonly packages: ReadonlySet<string>;
  readonly late: boolean;
}

/** What the next process need not make again. */
interface Kept {
  readonly units?: Readonly<Record<string, Unit>>;
  readonly codes?: Readonly<Record<Digest, Digest>>;
}

/** The code of a cell. */
interface CellCode {
  /** By `stage`, or a rule's kind and name. */
  readonly units: Readonly<Record<string, Unit>>;
  readonly packages: readonly string[];
  /** Digest of the plain sources, by their paths. */
  readonly sources: Digest;
  readonly digest: Digest;
}

/** Opens the code of a repository. */
export function openCode({ root, cache, records, stats, tool = TOOL }: CodeOptions): Code {
  const files = stats ?? openStatCache(join(cache, "files.json"));
  const path = join(cache, `modules-${tool}.json`), unitsPath = join(cache, `units-${tool}.json`);
  const known = new Map<string, Known>(Object.entries(readJson<Record<string, Known>>(path) ?? {}));
  const { units: unitsKept = {}, codes: codesKept = {} } = readJson<Kept>(unitsPath) ?? {};
  const units = new Map(Object.entries(unitsKept));
  /** Digests of code by those of its plain sources. */
  const called = new Map(Object.entries(codesKept) as [Digest, Digest][]);
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

  async function walk(entries: readonly string[]): Promise<Walk> {
    let late = false;
    const parts = new Map<string, Digest>(), locked = new Set<string>();
    const queue = [...entries], packages = await currentPackages();
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
        if (isPackage(target)) {
          for (const line of packages.lines(target)) locked.add(line);
        } else if (/^\.{0,2}\//.test(target)) {
          // An import map's paths are relative to the root, a module's own to itself.
          queue.push(join(target === specifier ? dirname(file) : root, target));
        } else if (target.startsWith("file:")) {
          queue.push(fileURLToPath(target));
        } else if (!target.startsWith("node:")) {
          throw new Error(
            `Cannot tell what "${specifier}" is, which "${nameOf(file)}" imports: ` +
              "import_map.json does not list it; add it there",
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

  const walks = new Map<string, Promise<Walk>>(), codes = new Map<string, Promise<CellCode>>();
  const nameOf = (file: string) => slashed(relative(root, file));

  function walked(entries: readonly string[]): Promise<Walk> {
    const name = entries.join("\0");
    if (!walks.has(name)) walks.set(name, walk(entries));
    return walks.get(name)!;
  }

  /** Sources are looked at once until the next refresh, however many cells share them. */
  let seen = new Map<string, Promise<Digest>>();
  const once: StatCache = {
    digest(file) {
      if (!seen.has(file)) seen.set(file, files.digest(file));
      return seen.get(file)!;
    },
    save: () => {},
  };

  const making = new Map<string, Promise<Unit>>();
  async function unitOf(entry: string, boundary: readonly string[]): Promise<Unit> {
    const packages = await currentPackages();
    const isBeneath = (file: string) =>
      boundary.some((place) => place.endsWith("/") ? file.startsWith(place) : file === place);
    const name = digestOf(canonicalJson([entry, [...boundary], packages.imports]));
    const make = async () => {
      const hit = units.get(name);
      if (hit !== undefined && await isCurrent(hit, once)) return hit;
      // Names a module that is missing or does not parse better than a bundler does.
      await walked([entry]);
      const filesOf = async (file: string) => (await inspect(file)).files;
      const unit = await makeUnit(entry, { root, packages, isBeneath, stats: once, filesOf });
      units.set(name, unit);
      changed = true;
      return unit;
    };
    if (!making.has(name)) making.set(name, make());
    return await making.get(name)!;
  }

  async function make(cell: CodeOf): Promise<CellCode> {
    const boundary = (cell.stage.boundary ?? []).map((place) => fileURLToPath(place));
    const made: Record<string, Unit> = {};
    for (const [name, entry] of Object.entries(entriesOf(cell))) {
      made[name] = await unitOf(entry, boundary);
    }
    const packages = await currentPackages(), lines = new Set<string>();
    const plain: Record<string, Digest> = {};
    for (const unit of Object.values(made)) {
      for (const name of unit.packages) for (const line of packages.lines(name)) lines.add(line);
      for (const [file, digest] of Object.entries(unit.sources)) plain[nameOf(file)] = digest;
    }
    const content = { units: digestsOf(made), packages: [...lines].sort() };
    const sources = digestOfValue("sources", { plain, packages: content.packages });
    if (!called.has(sources)) {
      called.set(sources, earlier(sources) ?? codeDigest(content));
      changed = true;
    }
    const digest = called.get(sources)!;
    return { units: made, packages: content.packages, sources, digest };
  }

  /** What the same sources were called before, by whatever tool. */
  function earlier(sources: Digest): Digest | undefined {
    if (records === undefined) return undefined;
    recorded ??= recordedSources(records);
    return recorded.get(sources);
  }
  let recorded: Map<Digest, Digest> | undefined;

  function codeOf(cell: CodeOf): Promise<CellCode> {
    const name = [...Object.values(entriesOf(cell)), ...cell.stage.boundary ?? []].join("\0");
    if (!codes.has(name)) codes.set(name, make(cell));
    return codes.get(name)!;
  }

  async function content(cell: CodeOf): Promise<CodeContent> {
    const { units, packages, sources } = await codeOf(cell), modules: Record<string, Digest> = {};
    for (const file of Object.values(units).flatMap(({ sources }) => Object.keys(sources))) {
      modules[nameOf(file)] = MODULE.test(extname(file))
        ? (await inspect(file)).digest
        : await files.digest(file);
    }
    return { units: digestsOf(units), modules, packages, sources };
  }

  /** Codes share most of their modules. */
  const declarations = new Map<string, Promise<Readonly<Record<string, string>>>>();
  async function declared(source: string, extension: string) {
    const { declarationsOf } = await import("./declarations.ts");
    const name = `${extension} ${digestOf(source)}`;
    if (!declarations.has(name)) declarations.set(name, declarationsOf(source, extension));
    return await declarations.get(name)!;
  }

  return {
    digest: async (cell) => (await codeOf(cell)).digest,
    async beneath(cell) {
      const { units } = await codeOf(cell);
      const reached = new Set(Object.values(units).flatMap(({ beneath }) => beneath));
      if (reached.size === 0) return undefined;
      const { parts, packages } = await walked([...reached].sort());
      return digestOfValue("beneath", {
        modules: [...parts.values()].sort(),
        packages: [...packages].sort(),
      });
    },
    async record(cell, wanted = () => true) {
      const parts: Record<string, Readonly<Record<string, string>>> = {};
      const found = await content(cell);
      for (const [name, digest] of Object.entries(found.modules)) {
        const file = join(root, name), extension = extname(file);
        if (!MODULE.test(extension) || extension === ".json") continue;
        if (!wanted(name, digest)) continue;
        const source = await Deno.readTextFile(file).catch(() => undefined);
        // A module edited since it was digested would be recorded as what it is not.
        if (source === undefined) continue;
        if (known.get(`${extension} ${digestOf(source)}`)?.digest !== digest) continue;
        parts[name] = await declared(source, extension);
      }
      return { ...found, declarations: parts };
    },
    files: async (cell) => [...(await walked(Object.values(entriesOf(cell)))).parts.keys()].sort(),
    late: async (cell) => (await walked(Object.values(entriesOf(cell)))).late,
    refresh() {
      for (const remembered of [walks, codes, making]) remembered.clear();
      seen = new Map();
    },
    save() {
      if (stats === undefined) files.save();
      if (changed) {
        writeCache(path, JSON.stringify(Object.fromEntries(known)));
        const kept: Kept = {
          units: Object.fromEntries(units),
          codes: Object.fromEntries(called),
        };
        writeCache(unitsPath, JSON.stringify(kept));
      }
      changed = false;
    },
  };
}

/** Paths of what a cell's process begins with, by name. */
function entriesOf({ stage, rules = [] }: CodeOf): Record<string, string> {
  return {
    stage: fileURLToPath(stage.entry),
    ...Object.fromEntries(
      rules.map(({ kind, name, module }) => [`${kind} ${name}`, fileURLToPath(module)]),
    ),
  };
}

function digestsOf(units: Readonly<Record<string, Unit>>): Record<string, Digest> {
  return Object.fromEntries(Object.entries(units).map(([name, { digest }]) => [name, digest]));
}

/** Digests of code by those of its plain sources, as records have them. */
function recordedSources(folder: string): Map<Digest, Digest> {
  const found = new Map<Digest, Digest>();
  for (const path of filesBelow(folder)) {
    const digest = basename(path, ".json") as Digest, record = readCodeRecord(path, digest);
    if (record?.sources !== undefined) found.set(record.sources, digest);
  }
  return found;
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
