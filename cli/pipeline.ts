/**
 * `deno task pipeline`: runs what is stale, then shows Table 1 and writes the report.
 *
 * @module
 */
import { join } from "node:path";
import { messageOf } from "../lib/std/message_of.ts";
import { statIfPresent } from "../pipeline/store/files.ts";
import { commandMain } from "./common/command.ts";
import { openContext } from "./common/context.ts";
import { FROZEN_HELP, LOCKFILE } from "./common/lock.ts";
import { helpText, readOptions } from "./common/options.ts";
import { REMOTE, REMOTE_HELP } from "./common/remote.ts";
import { runCells } from "./common/run.ts";
import { PAGE } from "./results/copy.ts";
import { openCommands } from "./trace/commands.ts";

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, false, {
      flags: ["frozen"],
      values: [LOCKFILE, REMOTE],
    });
    if (options.help) {
      console.log(helpText(
        "deno task pipeline [options]",
        "Runs what is stale, then shows Table 1 and the verdict, and writes the page that has both.",
        true,
        `${FROZEN_HELP}\n${REMOTE_HELP}`,
      ));
      return 0;
    }
    const context = openContext(options);
    const { store, profile } = context, path = join(store.results(profile.id), PAGE);
    return await runCells(context.cells, context, options, async ({ fresh, changed }) => {
      if (!changed && statIfPresent(path) !== undefined) return path;
      const { writeReport } = await import("./report/write.ts");
      const commands = openCommands(profile, options);
      try {
        await writeReport({ store, profile: profile.id, commands, assessed: fresh });
        return path;
      } catch (error) { // the results themselves are there
        console.error(`Cannot write the report: ${messageOf(error)}`);
      }
    });
  });
}
