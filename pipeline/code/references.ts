import { init, parse } from "es-module-lexer";

/** What a module refers to. */
export interface References {
  /** Specifiers of static and dynamic imports and of re-exports. */
  readonly modules: readonly string[];
  /** Files named by `new URL("…", import.meta.url)`. */
  readonly files: readonly string[];
}

const FILE = /new URL\((?:"([^"]+)"|'([^']+)'|`([^`$]+)`),import\.meta\.url\)/g;

/**
 * Finds the references of a module in its normalised form. An import whose specifier is computed
 * cannot be seen.
 */
export async function references(code: string): Promise<References> {
  await init;
  const [imports] = parse(code);
  const modules = imports.flatMap(({ specifier }) => specifier ?? []);
  const files = [...code.matchAll(FILE)].map(([, a, b, c]) => a ?? b ?? c);
  return { modules: [...new Set(modules)].sort(), files: [...new Set(files)].sort() };
}
