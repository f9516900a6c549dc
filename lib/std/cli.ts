/**
 * The part of `@std/cli` that this project uses, with its signature, over `minimist` (which
 * `@std/cli`'s `parseArgs` is itself a port of).
 * Where JSR is reachable, map `@std/cli` to `jsr:@std/cli@^1` in `deno.json` instead.
 *
 * @module
 */
import minimist from "minimist";

/** Options of {@linkcode parseArgs}. */
export interface ParseOptions {
  boolean?: readonly string[];
  string?: readonly string[];
  /** Options that may be given several times and come back as a list. */
  collect?: readonly string[];
  alias?: Record<string, string | readonly string[]>;
  default?: Record<string, unknown>;
  stopEarly?: boolean;
  "--"?: boolean;
  /** Called for each argument that no other option names; return `false` to leave it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Parsed arguments: options by name, the rest under `_`. */
// deno-lint-ignore no-explicit-any
export type Args = { _: (string | number)[] } & Record<string, any>;

/** Parses command-line arguments. */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  const { collect = [], unknown, stopEarly, ...rest } = options;
  const parsed = minimist([...args], {
    ...rest,
    boolean: [...options.boolean ?? []],
    string: ["_", ...options.string ?? [], ...collect],
    alias: options.alias as Record<string, string | string[]>,
    stopEarly,
    unknown: unknown && ((arg: string) => {
      const [, key, value] = /^--?([^=]+)(?:=(.*))?$/.exec(arg) ?? [];
      return unknown(arg, key, value) !== false;
    }),
  });
  for (const name of collect) {
    const value = parsed[name];
    parsed[name] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  }
  return parsed as Args;
}
