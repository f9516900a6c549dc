import { init, parse } from "es-module-lexer";

/** What a module refers to. */
export interface References {
  /** Specifiers of static and dynamic imports and of re-exports. */
  readonly modules: readonly string[];
  /** Files named by `new URL("…", import.meta.url)`. */
  readonly files: readonly string[];
  /** Whether any of them is read only while the module runs: files, and what `import()` loads. */
  readonly late: boolean;
}

const FILE = /new URL\((?:"([^"]+)"|'([^']+)'|`([^`$]+)`),import\.meta\.url\)/g;

/** A computed specifier that begins like a path: Deno then loads all modules of that folder. */
const COMPUTED_PATH = /^[`"'](\.{0,2}\/|file:)/;

/**
 * Finds the references of a module in its normalised form. An import whose specifier is computed
 * cannot be seen; it could load packages, but no module that is not referred to elsewhere.
 *
 * @throws {SyntaxError} If a module is imported by a path that is computed
 */
export async function references(code: string): Promise<References> {
  await init;
  const [imports] = parse(code), modules = new Set<string>();
  for (const { specifier, start, end } of imports) {
    const text = code.slice(start, end);
    if (typeof specifier === "string" && !(text.startsWith("`") && text.includes("${"))) {
      modules.add(specifier);
      continue;
    }
    if (!COMPUTED_PATH.test(text)) continue;
    throw new SyntaxError(
      `expected imports by fixed paths, found import(${text}), which could load any module of ` +
        "that folder without counting in the key; write one import for each module",
    );
  }
  const files = [...code.matchAll(FILE)].map(([, a, b, c]) => a ?? b ?? c);
  return {
    modules: [...modules].sort(),
    files: [...new Set(files)].sort(),
    late: files.length > 0 || imports.some(({ type }) => type === "dynamic"),
  };
}
