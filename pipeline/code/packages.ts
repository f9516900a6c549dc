/**
 * Which npm or JSR packages a specifier stands for, down to the integrity in `deno.lock`.
 *
 * @module
 */
import { join } from "node:path";

interface LockedPackage {
  readonly integrity?: string;
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
}

interface Lock {
  readonly specifiers?: Readonly<Record<string, string>>;
  readonly remote?: Readonly<Record<string, string>>;
  readonly npm?: Readonly<Record<string, LockedPackage>>;
  readonly jsr?: Readonly<Record<string, LockedPackage>>;
}

/** Reads of `deno.json` and `deno.lock` what module resolution needs. */
export interface Packages {
  /** What bare specifiers stand for. */
  readonly imports: Readonly<Record<string, string>>;
  /** Replaces a bare specifier by what the import map says; others stay as they are. */
  readonly mapped: (specifier: string) => string;
  /**
   * All that a package stands for, one line each: of `npm:` and `jsr:` the package and all it depends
   * on by name, version and integrity; of a URL all modules that are locked, since which of them
   * another one imports the lock does not say.
   *
   * @throws {Error} If the lock file does not know it
   */
  readonly lines: (specifier: string) => readonly string[];
}

/** Whether a specifier is one of a package or a remote module, and of no local file. */
export const isPackage = (specifier: string): boolean => /^(npm|jsr|https?|data):/.test(specifier);

const MAP = "import_map.json";

/** Files in the repository's root that say what an import stands for. */
export const PACKAGE_FILES: readonly string[] = ["deno.json", MAP, "deno.lock"];

/** Fields of either with which an import could stand for something that is not hashed. */
const UNCOUNTED = ["scopes", "links", "patch", "workspace"];

/**
 * Reads the files in the repository's root; a missing lock file knows no package. Imports may be in
 * `deno.json` or in the import map that it names.
 *
 * @throws {Error} If a file is no JSON, or says where imports lead in a way that keys do not count
 */
export function openPackages(root: string): Packages {
  const [config, map, lock] = PACKAGE_FILES.map((name) => readPackageFile(join(root, name)));
  const { imports = {} } = { ...config, ...map } as { imports?: Record<string, string> };
  const { specifiers = {}, remote = {} } = lock as Lock;
  refuseUncounted({ ...map, ...config }, imports);
  const byPrefix = Object.keys(imports).sort((a, b) => b.length - a.length);

  /** Follows the dependencies; `found` maps an entry of the lock to its line. */
  function visit(registry: "npm" | "jsr", entry: string, found: Map<string, string>): void {
    if (found.has(entry)) return;
    const locked = (lock as Lock)[registry]?.[entry];
    if (locked === undefined) throw unlocked(`${registry}:${entry}`);
    found.set(entry, `${registry}:${withoutPeers(entry)} ${locked.integrity ?? ""}`);
    for (const name of [...locked.dependencies ?? [], ...locked.optionalDependencies ?? []]) {
      const [kind, dependency] = registry === "jsr" && /^(jsr|npm):/.test(name)
        ? [name.slice(0, 3) as "npm" | "jsr", name.slice(4)]
        : [registry, name];
      const target = findEntry(kind, dependency);
      // An optional dependency of another platform need not be in the lock.
      if (target !== undefined) visit(kind, target, found);
    }
  }

  /** Dependencies are written with a version only where the lock has several, or for an alias. */
  function findEntry(registry: "npm" | "jsr", written: string): string | undefined {
    const name = written.replace(/^.+@npm:/, "");
    const entries = (lock as Lock)[registry] ?? {};
    if (name in entries) return name;
    return Object.keys(entries).find((entry) => entry.startsWith(`${name}@`));
  }

  function closure(specifier: string): readonly string[] {
    const [, registry, name, , wanted = ""] =
      /^(npm|jsr):\/?((?:@[^/]+\/)?[^@/]+)(@([^/]+))?/.exec(specifier) ?? [];
    if (name === undefined) throw unlocked(specifier);
    const version = specifiers[`${registry}:${name}${wanted && `@${wanted}`}`] ??
      specifiers[`${registry}:${name}@*`];
    if (version === undefined) throw unlocked(specifier);
    const found = new Map<string, string>();
    visit(registry as "npm" | "jsr", `${name}@${version}`, found);
    return [...new Set(found.values())].sort();
  }

  return {
    imports,
    mapped(specifier) {
      if (specifier in imports) return imports[specifier];
      const prefix = byPrefix.find((key) =>
        key.endsWith("/") ? specifier.startsWith(key) : specifier.startsWith(`${key}/`)
      );
      if (prefix === undefined) return specifier;
      // A package's subpath (`yaml/util`) follows its own entry, as Deno has it.
      return imports[prefix] + specifier.slice(prefix.length);
    },
    lines(specifier) {
      if (specifier.startsWith("data:")) return [specifier];
      if (/^(npm|jsr):/.test(specifier)) return closure(specifier);
      if (remote[specifier] === undefined) throw unlocked(specifier);
      return [
        specifier,
        ...Object.entries(remote).map(([address, integrity]) => `${address} ${integrity}`),
      ];
    },
  };
}

function readPackageFile(path: string): Record<string, unknown> {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(
      `Cannot tell the versions of packages: "${path}" is not JSON (${error.message}); expected ` +
        "JSON without comments",
      { cause: error },
    );
  }
}

function refuseUncounted(
  config: Readonly<Record<string, unknown>>,
  imports: Readonly<Record<string, string>>,
): void {
  const fields = UNCOUNTED.filter((name) => name in config);
  if ((config.importMap ?? MAP) !== MAP) fields.push(`importMap: ${config.importMap}`);
  const paths = Object.keys(imports).filter((key) => /^(\.|\/|\w+:)/.test(key));
  const found = [...fields, ...paths.map((key) => `imports: ${key}`)];
  if (found.length === 0) return;
  throw new Error(
    `Cannot tell what imports stand for: deno.json has "${
      found.join('", "')
    }", which keys do not ` +
      'count; expected "imports" of bare names alone',
  );
}

function unlocked(specifier: string): Error {
  return new Error(
    `Cannot tell the version of "${specifier}": deno.lock does not list it; run ` +
      '"deno check --lock=deno.lock ."',
  );
}

/** `a@1.0.0_b@2.0.0` is a@1.0.0 resolved beside b@2.0.0. */
function withoutPeers(entry: string): string {
  return entry.replace(/^((?:@[^/]+\/)?[^@]+@[^_]+)_.*$/, "$1");
}
