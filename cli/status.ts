/**
 * `deno task status`: every cell, its state, when it ran, its size and headline numbers.
 *
 * @module
 */
import { assessAll } from "../pipeline/freshness/assess.ts";
import { latestAttestation } from "../pipeline/store/attestation.ts";
import { withInputs } from "../pipeline/cells/select.ts";
import { statusDetails, statusLines, statusRows } from "../pipeline/answers/status.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openContext, selected } from "./common/context.ts";
import { optionGroups, readOptions } from "./common/options.ts";
import { lookForOutput } from "./common/look.ts";
import { printJson } from "./common/printer.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, true),
  help: {
    summary: "Lists every cell, stale ones first: when it ran and its headline numbers. Of cells " +
      "that are named it says all.",
    usage: ["deno task status [options] [CELL…]"],
    options: optionGroups([], false),
    examples: [["deno task status", "every cell of the demo profile"], [
      "deno task status --profile paper",
      "of the paper's",
    ], ["deno task status 'attack:*:igr:*'", "all of these cells"]],
    see: "docs/pipeline.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const context = openContext(options);
    const assessor = { ...context, profile: context.profile.id };
    const named = options.cells.length === 0
      ? undefined
      : new Set(selected(context.cells, options.cells, "status"));
    const cells = named === undefined ? context.cells : withInputs(context.cells, named);
    const assessments = [...(await assessAll(cells, assessor)).values()]
      .filter(({ cell: { id } }) => named?.has(id) ?? true);
    const rows = statusRows(assessments, (manifest) => latestAttestation(context.store, manifest));
    context.stats.save();
    context.code.save();
    if (options.json) printJson(...rows.map((row) => ({ kind: "cell", ...row })));
    else if (named === undefined) {
      console.log(statusLines(context.profile.name, rows, lookForOutput()).join("\n"));
    } else {
      console.log(rows.map((row) => statusDetails(row, lookForOutput()).join("\n")).join("\n\n"));
    }
    return 0;
  }, command);
}
