/** Writes down the command that does what the options say. @module */
import { basename } from "node:path";
import { type Options } from "./options.ts";
import { storeFolder } from "./store.ts";

/** Options that a command is written down with. */
type Written = Pick<Options, "profile" | "set" | "data" | "jobs"> & {
  /** Left out where it is the store that commands take by themselves. */
  readonly store?: string;
};

/**
 * A command for a shell, with the options that decide what cells are and where they are kept; `extra`
 * comes last.
 */
export function commandLine(
  task: string,
  { profile, set, data, jobs, store }: Written,
  cells: readonly string[],
  extra: readonly string[] = [],
): string {
  return [
    "deno",
    "task",
    task,
    ...profile === "demo" ? [] : ["--profile", profile],
    ...set.flatMap((override) => ["--set", override]),
    ...data === undefined ? [] : ["--data", data],
    ...store === undefined || store === storeFolder() ? [] : ["--store", store],
    ...jobs === undefined ? [] : ["--jobs", String(jobs)],
    ...extra,
    ...cells,
  ].map(quoted).join(" ");
}

/** The command that was typed. */
export function typedCommand(): string {
  const task = basename(Deno.mainModule, ".ts");
  return ["deno", "task", task, ...Deno.args].map(quoted).join(" ");
}

/** A word as a POSIX shell reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
