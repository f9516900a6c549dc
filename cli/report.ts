/** `deno task report`: writes the page that shows a profile's results. @module */
import { resolve } from "node:path";
import { openStore } from "../pipeline/store/store.ts";
import { commandLine } from "./common/command_line.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openOutputFile } from "./common/output_file.ts";
import { fromUser } from "./common/paths.ts";
import { openProfile } from "./common/profile.ts";
import { optionGroups, readOptions } from "./common/options.ts";
import { printJson } from "./common/printer.ts";
import { writeReport } from "./report/write.ts";
import { openCommands } from "./trace/commands.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, false, { values: ["output"] }),
  help: {
    summary:
      "Writes the page that shows a profile's results: the verdict, Table 1 with the origin " +
      "of every number, the figures, and examples, in one HTML file that loads nothing. A folder beside " +
      "it, report-check, lets the reader's browser compute the numbers again.",
    usage: ["deno task report [options]"],
    options: optionGroups([[
      "--output FILE",
      "where to write it (default: report.html beside the results)",
    ]], false),
    examples: [["deno task report", "the demo profile's results"], [
      "deno task report --profile small --output small.html",
      "a file to send",
    ]],
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args), { output } = options.values;
    const profile = openProfile(options);
    const path = output === undefined ? undefined : fromUser(output);
    if (path !== undefined) {
      openOutputFile("the page", output, path, (text) => text.startsWith("<!doctype html>"));
    }
    const store = openStore(fromUser(options.store));
    const written = await writeReport({
      store,
      profile: profile.id,
      commands: openCommands(profile, options, store.cache),
    }, path);
    if (written === undefined) {
      throw new Error(
        `Cannot report on profile "${profile.name}": it has no table yet; run "${
          commandLine("pipeline", options, [])
        }"`,
      );
    }
    if (options.json) printJson({ kind: "report", ...written });
    else console.log(resolve(written.path));
    return 0;
  }, command);
}
