/**
 * `deno task pipeline`: runs what is stale, then shows Table 1.
 *
 * @module
 */
import { commandMain } from "./_command.ts";
import { openContext } from "./_context.ts";
import { FROZEN_HELP, LOCKFILE } from "./_lock.ts";
import { helpText, readOptions } from "./_options.ts";
import { REMOTE, REMOTE_HELP } from "./_remote.ts";
import { runCells } from "./_run.ts";

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
