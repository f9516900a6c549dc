/**
 * The part of `@std/yaml` that this project uses, with its signatures, over the `yaml` package.
 * Where JSR is reachable, map `@std/yaml` to `jsr:@std/yaml@^1` in `deno.json` instead.
 *
 * @module
 */
import * as yaml from "yaml";

/**
 * Parses one YAML document.
 *
 * @throws {SyntaxError} If the text is not valid YAML; the message names line and column
 */
export function parse(content: string): unknown {
  try {
    return yaml.parse(content);
  } catch (error) {
    throw new SyntaxError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Writes a value as YAML. */
export function stringify(data: unknown): string {
  return yaml.stringify(data);
}
