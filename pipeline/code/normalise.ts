/**
 * Brings a module into the form that is hashed: no types, no comments, one formatting.
 *
 * @module
 */
import { canonicalJson } from "../store/canonical.ts";
import { esbuild, loaderOf } from "./transformer.ts";

/**
 * Strips types, comments and formatting; imports used as types only disappear.
 *
 * @param extension As in the file's name: `.ts`, `.js`, `.mjs`, `.json`
 * @throws {SyntaxError} If the module does not parse; the message names line and column
 */
export async function normalise(source: string, extension: string): Promise<string> {
  if (extension === ".json") return canonicalJson(JSON.parse(source));
  return await transformed(source, extension, { minifyWhitespace: true });
}

/**
 * Strips types and comments, and lays a module out so that only the first line of a top-level
 * statement, and the bracket that closes it, stand at the beginning of a line.
 *
 * @throws {SyntaxError} If the module does not parse
 */
export async function laidOut(source: string, extension: string): Promise<string> {
  // A template literal could hold line breaks.
  return await transformed(source, extension, { supported: { "template-literal": false } });
}

async function transformed(
  source: string,
  extension: string,
  options: Record<string, unknown>,
): Promise<string> {
  const loader = loaderOf(extension);
  const { transform } = await esbuild();
  try {
    const { code } = await transform(source, {
      loader,
      legalComments: "none",
      target: "esnext",
      logLevel: "silent",
      ...options,
    });
    return code;
  } catch (error) {
    throw new SyntaxError((error as Error).message, { cause: error });
  }
}
