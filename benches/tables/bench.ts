/**
 * What benchmarks have in common: their command line, and that `--write` puts what they print into
 * the page. Without it nothing is written, so that a glance on a busy machine replaces no number.
 *
 * @module
 */
import { commandMain } from "../../cli/common/command.ts";
import { readFlags, UsageError } from "../../cli/common/flags.ts";
import { measuredOn } from "./machine.ts";
import { BENCHMARKS, openSection } from "./page.ts";

/** What a benchmark takes. */
export interface BenchOptions<Text extends string, Flag extends string, List extends string> {
  /** Of `deno.json`. */
  readonly task: string;
  /** Options with a value, and what they are by default. */
  readonly defaults: { readonly [name in Text]: string };
  /** Options without a value. */
  readonly flags?: readonly Flag[];
  /** Options with a value, as often as one likes. */
  readonly collect?: readonly List[];
  /** Those of the former that say how to measure and not what, and are no part of the command of a table. */
  readonly besides?: readonly NoInfer<Text>[];
  /** What else may be named, for the help text. */
  readonly rest?: string;
  /** Where its tables are; {@linkcode BENCHMARKS} by default. */
  readonly page?: string;
}

/** A benchmark that was asked for. */
export interface Bench<
  Text extends string,
  Flag extends string = never,
  List extends string = never,
> {
  readonly texts: { readonly [name in Text]: string };
  readonly flags: ReadonlySet<Flag>;
  readonly lists: { readonly [name in List]: readonly string[] };
  readonly rest: readonly string[];
  /** The command without what is as by default, as the page names it. */
  readonly command: string;
  /** Positive whole numbers of options. */
  readonly whole: (name: Text) => number;
  /**
   * Prints a table, and writes it with `--write`; `measured` is versions of what took part, or a text
   * where others measured it.
   */
  readonly publish: (content: string, measured?: readonly string[] | string) => Promise<void>;
}

/**
 * Reads a command line; `undefined` where it asks for help, which is printed.
 *
 * @throws {UsageError} If an option is unknown
 * @throws {RangeError} If the table is to be written and the page has none of this command
 */
export async function openBench<
  const Text extends string,
  const Flag extends string = never,
  const List extends string = never,
>(
  args: readonly string[],
  options: BenchOptions<Text, Flag, List>,
): Promise<Bench<Text, Flag, List> | undefined> {
  const { task, defaults, flags = [], collect = [], besides = [], rest = "" } = options;
  const names = Object.keys(defaults) as Text[];
  const read = readFlags(args, { texts: names, flags: [...flags, "write"], collect });
  if (read.flags.has("help")) {
    console.log(helpOf(options));
    return undefined;
  }
  if (rest === "" && read.rest.length > 0) {
    throw new UsageError(`Cannot understand "${read.rest[0]}": expected options only`);
  }
  const given = read.texts as { readonly [name in Text]?: string };
  const texts: { readonly [name in Text]: string } = { ...defaults, ...given };
  const lists = Object.fromEntries(
    collect.map((
      name,
    ) => [name, (read.lists as { [list: string]: readonly string[] })[name] ?? []]),
  ) as { readonly [name in List]: readonly string[] };
  const chosenFlags = flags.filter((name) => read.flags.has(name));
  const chosen = names.filter((name) => !besides.includes(name) && texts[name] !== defaults[name]);
  const command = [
    ...["deno task", task],
    ...chosen.map((name) => `--${name} ${texts[name]}`),
    ...collect.flatMap((name) => lists[name].map((value) => `--${name} ${value}`)),
    ...chosenFlags.map((name) => `--${name}`),
    ...read.rest,
  ].join(" ");
  const write = read.flags.has("write")
    ? await openSection(options.page ?? BENCHMARKS, command)
    : undefined;
  const started = new Date();
  return {
    texts,
    flags: new Set(chosenFlags),
    lists,
    rest: read.rest,
    command,
    whole(name) {
      const value = Number(texts[name]);
      if (Number.isSafeInteger(value) && value > 0) return value;
      throw new UsageError(
        `Cannot use "--${name} ${texts[name]}": expected a whole number of 1 or more`,
      );
    },
    async publish(content, measured = []) {
      const about = typeof measured === "string" ? measured : measuredOn(measured, started);
      const text = `\`${command}\`, ${about}.\n\n${content}`;
      console.log(text);
      await write?.(text);
    },
  };
}

function helpOf(
  { task, defaults, flags = [], collect = [], rest = "" }: BenchOptions<string, string, string>,
): string {
  const options = [
    ...Object.entries(defaults).map(([name, value]) => `[--${name} ${value || "…"}]`),
    ...collect.map((name) => `[--${name} …]…`),
    ...[...flags, "write"].map((name) => `[--${name}]`),
  ];
  return `Usage: ${["deno task", task, ...options, rest].join(" ").trim()}\n\n` +
    "With --write what it prints replaces its table in the documentation.";
}

/** Runs a benchmark as a command; it returns its exit code, or nothing for 0. */
export const benchMain = <
  const Text extends string,
  const Flag extends string = never,
  const List extends string = never,
>(
  options: BenchOptions<Text, Flag, List>,
  run: (bench: Bench<Text, Flag, List>) => Promise<number | void>,
): Promise<never> =>
  commandMain(async () => {
    const bench = await openBench(Deno.args, options);
    return bench === undefined ? 0 : await run(bench) ?? 0;
  }, { json: false });
