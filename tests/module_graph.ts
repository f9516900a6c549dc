/**
 * Which module of the project imports which, types included, read from the sources.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path";

/** One import or re-export. */
export interface Import {
  /** Path from the project's root, with slashes; a package as it is written. */
  readonly module: string;
  /** Whether nothing but types is imported, so that the module is not loaded. */
  readonly types: boolean;
  /** Whether `import()` loads it, when it is needed. */
  readonly late: boolean;
}

/** Imports by module; paths are relative to the project's root. */
export type ModuleGraph = ReadonlyMap<string, readonly Import[]>;

/** Comments before a statement, and the statements that a module begins with. */
const SPACE = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STATEMENT = /(?:import|export)\s+(type\s+)?(?:([^"';]*?)\sfrom\s+)?"([^"]+)"[^;\n]*;/y;

/** `import("./x.ts")` anywhere in a module. */
const LATE = /\bimport\(\s*"(\.[^"]+)"\s*\)/g;

/** Imports of a module's source, by their specifiers: those at its head, and `import()` anywhere. */
export function importsOf(source: string): Import[] {
  const found: Import[] = [];
  for (let at = 0;;) {
    SPACE.lastIndex = STATEMENT.lastIndex = at;
    const space = SPACE.exec(source);
    if (space !== null) {
      at = SPACE.lastIndex;
      continue;
    }
    const statement = STATEMENT.exec(source);
    if (statement === null) break;
    at = STATEMENT.lastIndex;
    const [, type, names = "", specifier] = statement;
    const each = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1].split(",").map((name) => name.trim());
    const types = type !== undefined ||
      each?.filter(Boolean).every((name) => name.startsWith("type ")) === true;
    found.push({ module: specifier, types, late: false });
  }
  for (const [, module] of source.matchAll(LATE)) {
    found.push({ module, types: false, late: true });
  }
  return found;
}

/**
 * Reads the graph of all modules below some folders.
 *
 * @param root Folder of the project, as a path
 */
export function readModuleGraph(root: string, folders: readonly string[]): ModuleGraph {
  const graph = new Map<string, Import[]>();
  const visit = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(join(root, folder))) {
      const path = `${folder}/${name}`;
      if (isDirectory) visit(path);
      else if (name.endsWith(".ts")) {
        const imports = importsOf(Deno.readTextFileSync(join(root, path)));
        graph.set(
          path,
          imports.map((one) =>
            one.module.startsWith(".") ? { ...one, module: resolved(path, one.module) } : one
          ),
        );
      }
    }
  };
  folders.forEach(visit);
  return graph;
}

function resolved(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier)).replaceAll("\\", "/");
}

/** All that is loaded with a module, itself included, but for what an `import()` asks for. */
export function loadedWith(graph: ModuleGraph, module: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const visit = (module: string) => {
    if (loaded.has(module)) return;
    loaded.add(module);
    for (const { module: next, types, late } of graph.get(module) ?? []) {
      if (!types && !late) visit(next);
    }
  };
  visit(module);
  return loaded;
}

/** Circles of imports, each from a module back to itself: `a.ts -> b.ts -> a.ts`. */
export function circles(graph: ModuleGraph): string[] {
  const found: string[] = [], done = new Set<string>(), path: string[] = [];
  const visit = (module: string) => {
    const start = path.indexOf(module);
    if (start >= 0) found.push([...path.slice(start), module].join(" -> "));
    if (start >= 0 || done.has(module)) return;
    path.push(module);
    for (const { module: next } of graph.get(module) ?? []) visit(next);
    path.pop();
    done.add(module);
  };
  for (const module of graph.keys()) visit(module);
  return found;
}
