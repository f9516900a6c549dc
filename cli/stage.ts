/**
 * `deno task stage`: runs some cells and what they need.
 *
 * @module
 */
import { withInputs } from "../pipeline/cells/select.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openContext, selected } from "./common/context.ts";
import { DETACH, EXECUTOR, EXECUTOR_OPTIONS, SETTINGS } from "./common/executor.ts";
import { FROZEN_OPTIONS, LOCKFILE } from "./common/lock.ts";
import { optionGroups, readOptions, RUN_EXITS } from "./common/options.ts";
import { REMOTE, REMOTE_OPTION } from "./common/remote.ts";
import { runCells } from "./common/run.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) =>
    readOptions(args, true, {
      flags: ["frozen", DETACH],
      values: [LOCKFILE, REMOTE, EXECUTOR, SETTINGS],
    }),
  help: {
    summary: "Runs cells and what they need. A cell is an id such as train:igr:gelu, or a glob " +
      "such as 'attack:*:igr:*'; \"deno task status\" lists all.",
    usage: ["deno task stage [options] CELL…"],
    options: optionGroups([...FROZEN_OPTIONS, REMOTE_OPTION, ...EXECUTOR_OPTIONS], true),
    examples: [["deno task stage train:igr:gelu", "one training"], [
      "deno task stage 'attack:*:igr:*'",
      "all attacks on IGR's models",
    ]],
    exits: RUN_EXITS,
    see: "docs/pipeline.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const context = openContext(options);
    const ids = selected(context.cells, options.cells, "stage");
    return await runCells(withInputs(context.cells, ids), context, options);
  }, command);
}
