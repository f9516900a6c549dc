/**
 * Which npm or JSR packages a specifier stands for, down to the integrity in `deno.lock`.
 *
 * @module
 */
import { join } from "node:path";
import { readJson } from "../files.ts";

interface LockedPackage {
  readonly integrity?: string;
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
}

interface Lock {
  readonly specifiers?: Readonly<Record<string, string>>;
  readonly npm?: Readonly<Record<string, LockedPackage>>;
  readonly jsr?: Readonly<Record<string, LockedPackage>>;
}

/** Reads of `deno.json` and `deno.lock` what module resolution needs. */
export interface Packages {
  /** Replaces a bare specifier by what the import map says; others stay as they are. */
  readonly mapped: (specifier: string) => string;
  /**
   * The package of an `npm:` or `jsr:` specifier and all it depends on, one line each: name,
   * version and integrity.
   *
   * @throws {Error} If the lock file does not know the package
   */
  readonly closure: (specifier: string) => readonly string[];
}

/** Reads both files in the repository's root; a missing lock file knows no package. */
export function openPackages(root: string): Packages {
  const imports =
    readJson<{ imports?: Record<string, string> }>(join(root, "deno.json"))?.imports ??
      {};
  const lock = readJson<Lock>(join(root, "deno.lock")) ?? {};
  const byPrefix = Object.keys(imports).sort((a, b) => b.length - a.length);

  /** Follows the dependencies; `found` maps an entry of the lock to its line. */
  function visit(registry: "npm" | "jsr", entry: string, found: Map<string, string>): void {
    if (found.has(entry)) return;
    const locked = lock[registry]?.[entry];
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

  /** Dependencies are written with a version only where the lock has several. */
  function findEntry(registry: "npm" | "jsr", name: string): string | undefined {
    const entries = lock[registry] ?? {};
    if (name in entries) return name;
    return Object.keys(entries).find((entry) => entry.startsWith(`${name}@`));
  }

  return {
    mapped(specifier) {
      if (specifier in imports) return imports[specifier];
      const prefix = byPrefix.find((key) =>
        key.endsWith("/") ? specifier.startsWith(key) : specifier.startsWith(`${key}/`)
      );
      if (prefix === undefined) return specifier;
      // A package's subpath (`yaml/util`) follows its own entry, as Deno has it.
      return imports[prefix] + specifier.slice(prefix.length);
    },
    closure(specifier) {
      const [, registry, name, , wanted = ""] =
        /^(npm|jsr):\/?((?:@[^/]+\/)?[^@/]+)(@([^/]+))?/.exec(specifier) ?? [];
      if (name === undefined) throw unlocked(specifier);
      const version = lock.specifiers?.[`${registry}:${name}${wanted && `@${wanted}`}`] ??
        lock.specifiers?.[`${registry}:${name}@*`];
      if (version === undefined) throw unlocked(specifier);
      const found = new Map<string, string>();
      visit(registry as "npm" | "jsr", `${name}@${version}`, found);
      return [...new Set(found.values())].sort();
    },
  };
}

function unlocked(specifier: string): Error {
  return new Error(
    `Cannot tell the version of "${specifier}": deno.lock does not list it; run "deno install"`,
  );
}

/** `a@1.0.0_b@2.0.0` is a@1.0.0 resolved beside b@2.0.0. */
function withoutPeers(entry: string): string {
  return entry.replace(/^((?:@[^/]+\/)?[^@]+@[^_]+)_.*$/, "$1");
}
