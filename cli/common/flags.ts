/** Reads command lines: all commands take options in the same way and refuse the same mistakes. @module */
import { parseArgs } from "@std/cli";
import { nearest } from "../../pipeline/cells/nearest.ts";

/** A command line that cannot be understood; the exit code is 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Options that a command takes, without dashes; `--help` and `-h` it always takes. */
export interface FlagNames<Text extends string, Flag extends string, List extends string> {
  /** With one value. */
  readonly texts?: readonly Text[];
  /** Without a value. */
  readonly flags?: readonly Flag[];
  /** With a value, and as often as one likes. */
  readonly collect?: readonly List[];
  /** On with `--name`, off with `--no-name`, and neither where they are not given. */
  readonly switches?: readonly string[];
}

/** What a command line says. */
export interface Flags<Text extends string, Flag extends string, List extends string> {
  readonly texts: { readonly [name in Text]?: string };
  readonly flags: ReadonlySet<Flag | "help">;
  readonly lists: { readonly [name in List]: readonly string[] };
  readonly switches: { readonly [name: string]: boolean };
  /** What is no option. */
  readonly rest: readonly string[];
}

/**
 * Reads a command line.
 *
 * @throws {UsageError} If an option is unknown, or has no value or several where it takes one; with
 * `--help` only if an option is unknown
 *
 * @example
 * ```ts
 * import { readFlags } from "./flags.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { texts, flags, rest } = readFlags(["--store", "/s", "--json", "train:*"], {
 *   texts: ["store", "data"],
 *   flags: ["json"],
 * });
 * assertEquals([texts.store, texts.data, flags.has("json"), rest], ["/s", undefined, true, ["train:*"]]);
 * ```
 */
export function readFlags<
  const Text extends string = never,
  const Flag extends string = never,
  const List extends string = never,
>(
  args: readonly string[],
  { texts = [], flags = [], collect = [], switches = [] }: FlagNames<Text, Flag, List>,
): Flags<Text, Flag, List> {
  const off = switches.map((name) => `no-${name}`);
  const known = [...texts, ...flags, ...collect, ...switches, ...off, "help"];
  const parsed = parseArgs(args, {
    string: texts,
    boolean: [...flags, ...switches, "help"],
    collect,
    alias: { help: "h" },
    unknown: (arg) => {
      if (!arg.startsWith("-")) return true;
      const [name] = arg.split("="), [meant] = nearest(name, known.map((one) => `--${one}`), 1);
      throw new UsageError(
        `Cannot understand "${name}": no such option; did you mean "${meant}"?`,
      );
    },
  });
  for (const name of parsed.help ? [] : [...texts, ...collect]) {
    const values: unknown[] = [parsed[name] ?? []].flat(), one = texts.includes(name as Text);
    if (!values.includes("") && !(one && values.length > 1)) continue;
    throw new UsageError(`Cannot read --${name}: expected ${one ? "one" : "a"} value`);
  }
  const given = (option: string) =>
    args.some((arg) => arg === `--${option}` || arg.startsWith(`--${option}=`));
  for (const name of switches) {
    if (!given(name) || !given(`no-${name}`)) continue;
    throw new UsageError(`Cannot use --${name} and --no-${name} together: expected one of them`);
  }
  const pick = <Name extends string>(names: readonly Name[]) =>
    names.filter((name) => parsed[name] !== undefined).map((name) => [name, parsed[name]]);
  return {
    texts: Object.fromEntries(pick(texts)) as Flags<Text, Flag, List>["texts"],
    flags: new Set([...flags, "help" as const].filter((name) => parsed[name] === true)),
    lists: Object.fromEntries(pick(collect)) as Flags<Text, Flag, List>["lists"],
    switches: Object.fromEntries(
      switches.filter((name) => given(name) || given(`no-${name}`))
        .map((name) => [name, parsed[name] === true]),
    ),
    rest: parsed._.map(String),
  };
}

/**
 * Refuses what is no option, for commands that take options only.
 *
 * @throws {UsageError} If there is something
 */
export function refuseRest([first]: readonly string[], hint = ""): void {
  if (first === undefined) return;
  throw new UsageError(`Cannot understand "${first}": expected options only${hint}`);
}
