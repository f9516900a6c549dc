/**
 * `deno task stage`: runs some cells and what they need.
 *
 * @module
 */
import { withInputs } from "../pipeline/cells/select.ts";
import { commandMain } from "./common/command.ts";
import { openContext, selected } from "./common/context.ts";
import { FROZEN_HELP, LOCKFILE } from "./common/lock.ts";
import { helpText, readOptions } from "./common/options.ts";
import { REMOTE, REMOTE_HELP } from "./common/remote.ts";
import { runCells } from "./common/run.ts";

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, true, { flags: ["frozen"], values: [LOCKFILE, REMOTE] });
    if (options.help) {
      console.log(helpText(
        "deno task stage [options] CELL…",
        "Runs cells and what they need. A cell is an id such as train:igr:gelu, or a glob such as\n" +
          '"attack:*:igr:*"; "deno task status" lists all.',
        true,
        `${FROZEN_HELP}\n${REMOTE_HELP}`,
      ));
      return 0;
    }
    const context = openContext(options);
    const ids = selected(context.cells, options.cells, "stage");
    return await runCells(withInputs(context.cells, ids), context, options);
  });
}
