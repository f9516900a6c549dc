/** `deno task paper`: writes what a paper takes of a profile's results. @module */
import { join, resolve } from "node:path";
import { openStore } from "../pipeline/store/store.ts";
import { statIfPresent } from "../pipeline/store/files.ts";
import { type Command, commandMain } from "./common/command.ts";
import { commandLine } from "./common/command_line.ts";
import { optionGroups, readOptions, UsageError } from "./common/options.ts";
import { fromUser } from "./common/paths.ts";
import { openProfile } from "./common/profile.ts";
import { printJson } from "./common/printer.ts";
import { openCommands } from "./trace/commands.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, false, { values: ["output"] }),
  help: {
    summary:
      "Writes what a paper takes of a profile's results: Table 1, Figure 1, the table as dots " +
      "and the theory for LaTeX (booktabs, pgfplots), a document that has them all, and every " +
      "figure as PDF. Each says in small print where its numbers come from.",
    usage: ["deno task paper [options]"],
    options: optionGroups([[
      "--output DIR",
      "where to write them (default: the folder paper beside the results)",
    ]], false),
    examples: [["deno task paper", "the demo profile's results"], [
      "deno task paper --profile small --output figures",
      "into a paper's folder",
    ]],
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args), { output } = options.values;
    const profile = openProfile(options);
    const store = openStore(fromUser(options.store));
    const folder = output === undefined
      ? join(store.results(profile.id), "paper")
      : fromUser(output);
    if (statIfPresent(folder)?.isDirectory === false) {
      throw new UsageError(`Cannot write to "${output}": expected a folder, found a file`);
    }
    const { writePaper } = await import("./paper/write.ts");
    const commands = openCommands(profile, options, store.cache);
    const files = await writePaper({ store, profile: profile.id, commands }, folder);
    if (files === undefined) {
      throw new Error(
        `Cannot write for a paper: profile "${profile.name}" has no table yet; run "${
          commandLine("pipeline", options, [])
        }"`,
      );
    }
    if (options.json) printJson({ kind: "paper", folder, files });
    else console.log(files.map((file) => join(resolve(folder), file)).join("\n"));
    return 0;
  }, command);
}
