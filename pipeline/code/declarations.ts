import { digestOf } from "../store/digest.ts";
import { laidOut } from "./normalise.ts";

/** What a top-level statement declares; the first name where it declares several. */
const DECLARATION =
  /^(?:export )?(?:default )?(?:async )?(?:function\*?|class|const|let|var) ?([\p{L}\w$]*)/u;

/** Enough of a digest to tell two versions of a declaration apart. */
const DIGITS = 16;

/**
 * Digests of a module's top-level declarations by name, types and comments left out. What is not a
 * declaration goes by `imports`, `exports` or `other statements`.
 *
 * @throws {SyntaxError} If the module does not parse
 */
export async function declarationsOf(
  source: string,
  extension: string,
): Promise<Record<string, string>> {
  const texts = new Map<string, string>();
  for (const statement of statements(await laidOut(source, extension))) {
    const name = nameOf(statement);
    texts.set(name, `${texts.get(name) ?? ""}${statement}\n`);
  }
  return Object.fromEntries(
    [...texts].map(([name, text]) => [name, digestOf(text).slice(0, DIGITS)]),
  );
}

/** A line that begins with neither a blank nor a closing bracket begins a statement. */
function statements(code: string): string[] {
  return code.split(/\n(?=[^\s)\]}])/).map((text) => text.trimEnd()).filter((text) => text !== "");
}

function nameOf(statement: string): string {
  const declared = DECLARATION.exec(statement);
  if (declared !== null) {
    return declared[1] || (/^export default/.test(statement) ? "default" : "other statements");
  }
  if (/^import\b(?! ?[(.])/.test(statement)) return "imports";
  if (/^export default\b/.test(statement)) return "default";
  return /^export\b/.test(statement) ? "exports" : "other statements";
}
