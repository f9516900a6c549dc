/**
 * `deno task pipeline`: runs what is stale, then shows Table 1 and writes the report.
 *
 * @module
 */
import { join } from "node:path";
import { messageOf } from "../lib/std/message_of.ts";
import { statIfPresent } from "../pipeline/store/files.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openContext } from "./common/context.ts";
import { DETACH, EXECUTOR, EXECUTOR_OPTIONS, SETTINGS } from "./common/executor.ts";
import { FROZEN_OPTIONS, LOCKFILE } from "./common/lock.ts";
import { optionGroups, readOptions, RUN_EXITS } from "./common/options.ts";
import { REMOTE, REMOTE_OPTION } from "./common/remote.ts";
import { runCells } from "./common/run.ts";
import { PAGE } from "./results/copy.ts";
import { openCommands } from "./trace/commands.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) =>
    readOptions(args, false, {
      flags: ["frozen", DETACH],
      values: [LOCKFILE, REMOTE, EXECUTOR, SETTINGS],
    }),
  help: {
    summary: "Runs what is stale, then shows Table 1 and the verdict, and writes the report.",
    usage: ["deno task pipeline [options]"],
    options: optionGroups([...FROZEN_OPTIONS, REMOTE_OPTION, ...EXECUTOR_OPTIONS], true),
    examples: [
      ["deno task pipeline", "the demo profile, minutes on two cores"],
      ["deno task pipeline --profile small --data DIR", "photographs, an hour"],
      ["deno task pipeline --set recipe.epochs=5", "with one value changed"],
      ["deno task pipeline --jobs 1 --engine cpu", "one cell at a time, without XLA"],
      ["deno task pipeline --executor slurm", "on a cluster"],
    ],
    exits: RUN_EXITS,
    see: "docs/pipeline.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const context = openContext(options);
    const { store, profile } = context, path = join(store.results(profile.id), PAGE);
    return await runCells(context.cells, context, options, async ({ fresh, changed }) => {
      if (!changed && statIfPresent(path) !== undefined) return path;
      const { writeReport } = await import("./report/write.ts");
      const commands = openCommands(profile, { ...options, data: context.data });
      try {
        await writeReport({ store, profile: profile.id, commands, assessed: fresh });
        return path;
      } catch (error) { // the results themselves are there
        console.error(`Cannot write the report: ${messageOf(error)}`);
      }
    });
  }, command);
}
