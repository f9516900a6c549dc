/**
 * `deno task stage`: runs some cells and what they need.
 *
 * @module
 */
import { select, withInputs } from "../pipeline/select.ts";
import { commandMain } from "./_command.ts";
import { openContext } from "./_context.ts";
import { FROZEN_HELP, LOCKFILE } from "./_lock.ts";
import { helpText, readOptions, UsageError } from "./_options.ts";
import { runCells } from "./_run.ts";

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, true, { flags: ["frozen"], values: [LOCKFILE] });
    if (options.help) {
      console.log(helpText(
        "deno task stage [options] CELL…",
        "Runs cells and what they need. A cell is an id such as train:igr:gelu, or a glob such as\n" +
          '"attack:*:igr:*"; "deno task status" lists all.',
        true,
        FROZEN_HELP,
      ));
      return 0;
    }
    if (options.cells.length === 0) {
      throw new UsageError(
        'Cannot run nothing: name a cell or a glob, for example "deno task stage train:igr:gelu"; ' +
          'run "deno task status" to list all cells',
      );
    }
    const context = openContext(options);
    let ids;
    try {
      ids = select(context.cells, options.cells);
    } catch (error) {
      throw error instanceof RangeError ? new UsageError(error.message, { cause: error }) : error;
    }
    return await runCells(withInputs(context.cells, ids), context, options);
  });
}
