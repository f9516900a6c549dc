/**
 * `deno task pipeline`: runs what is stale, then shows Table 1.
 *
 * @module
 */
import { commandMain } from "./common/command.ts";
import { openContext } from "./common/context.ts";
import { FROZEN_HELP, LOCKFILE } from "./common/lock.ts";
import { helpText, readOptions } from "./common/options.ts";
import { REMOTE, REMOTE_HELP } from "./common/remote.ts";
import { runCells } from "./common/run.ts";

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, false, {
      flags: ["frozen"],
      values: [LOCKFILE, REMOTE],
    });
    if (options.help) {
      console.log(helpText(
        "deno task pipeline [options]",
        "Runs what is stale, then shows Table 1 and says where Figure 1 is.",
        true,
        `${FROZEN_HELP}\n${REMOTE_HELP}`,
      ));
      return 0;
    }
    const context = openContext(options);
    return await runCells(context.cells, context, options);
  });
}
