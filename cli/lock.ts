/**
 * `deno task lock`: compares a profile's results with its lockfile, or writes it.
 *
 * @module
 */
import { assessAll } from "../pipeline/freshness/assess.ts";
import {
  differenceLines,
  lockDifferences,
  lockOf,
  lockTitle,
  readLock,
  writeLock,
} from "../pipeline/answers/lockfile.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openContext } from "./common/context.ts";
import { LOCKFILE, lockPath } from "./common/lock.ts";
import { optionGroups, readOptions } from "./common/options.ts";
import { openOutputFile } from "./common/output_file.ts";
import { printJson } from "./common/printer.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) =>
    readOptions(args, false, { flags: ["update"], values: [LOCKFILE] }),
  help: {
    summary: "Compares a profile's results with its lockfile, and names the cells where they " +
      "differ or would be computed again.",
    usage: ["deno task lock [options]"],
    options: optionGroups([["--update", "write the lockfile; all cells must be fresh"], [
      "--lockfile PATH",
      "where it lies (default: lockfiles/<profile>.lock.yaml)",
    ]], false),
    examples: [["deno task lock --profile small --data DIR", "compare"], [
      "deno task lock --update --lockfile my.lock.yaml",
      "write one",
    ]],
    exits: "0 if all is as the lockfile has it, 1 if not, 2 for wrong usage",
    see: "docs/store.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const context = openContext(options), { stats, code } = context;
    const { id, lockName: profile, argument } = context.profile;
    const path = lockPath(profile, options.values[LOCKFILE]);
    const update = options.flags.has("update");
    const given = options.values[LOCKFILE];
    if (update && given !== undefined) {
      openOutputFile("the lockfile", given, path, (text) => text.startsWith(lockTitle(profile)));
    }
    const locked = update ? undefined : readLock(path, profile, argument);
    const assessments = [...(await assessAll(context.cells, { ...context, profile: id })).values()];
    stats.save();
    code.save();
    if (locked === undefined) {
      writeLock(path, lockOf(profile, assessments), argument);
      if (options.json) printJson({ kind: "locked", path, cells: assessments.length });
      else console.log(`Locked the ${assessments.length} cells of profile ${profile} in ${path}`);
      return 0;
    }
    const differences = lockDifferences(locked, assessments);
    const count = new Set(differences.map(({ cell }) => cell)).size;
    if (options.json) {
      printJson(
        ...differences.map(({ cell, kind: problem, text }) => ({
          ...{ kind: "difference", cell, problem, text },
        })),
      );
    } else {
      const all = assessments.length;
      const lines = count === 0
        ? [`Profile ${profile}: all ${all} cells are as ${path} has them`]
        : [
          `Profile ${profile}: ${count} of ${all} cells are not as ${path} has them`,
          ...differenceLines(differences),
        ];
      console.log(lines.join("\n"));
    }
    return count === 0 ? 0 : 1;
  }, command);
}
