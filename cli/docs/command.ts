/** @module */
import type { Command } from "../common/command.ts";
import { readFlags, refuseRest } from "../common/flags.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => refuseRest(readFlags(args, {}).rest),
  help: {
    summary:
      "Writes docs/commands.md from what the commands say of themselves, docs/rules.md from the " +
      "files of activations, methods, attacks, data sets and architectures, and what the cells of " +
      "docs/notebook.ipynb show.",
    usage: ["deno task docs"],
    examples: [["deno task docs", "after a help text has changed"]],
  },
} satisfies Command;
