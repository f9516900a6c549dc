/**
 * `deno task why`: why cells are stale, or what fresh ones depend on.
 *
 * @module
 */
import { assessAll } from "../pipeline/freshness/assess.ts";
import { withInputs } from "../pipeline/cells/select.ts";
import { explain, explanationLines } from "../pipeline/answers/why.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openContext, selected } from "./common/context.ts";
import { optionGroups, readOptions, UsageError } from "./common/options.ts";
import { printJson } from "./common/printer.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, true),
  help: {
    summary: "Says why cells would run: each cause with the values before and now, and of code " +
      "which modules and functions changed since the last finished run. Of a fresh cell it " +
      "says what it depends on.\n\nA cell is an id such as train:igr:gelu, or a glob such " +
      "as 'attack:*:igr:*'.",
    usage: ["deno task why [options] CELL…"],
    options: optionGroups([], false),
    examples: [["deno task why train:igr:gelu", "one cell"], [
      "deno task why 'attack:*' --set attacks.images=64",
      "as if this were changed",
    ]],
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    if (options.cells.length === 0) {
      throw new UsageError(
        'Cannot explain nothing: name a cell or a glob, for example "deno task why train:igr:gelu"; ' +
          'run "deno task status" to list all cells',
      );
    }
    const context = openContext(options);
    const ids = selected(context.cells, options.cells, "why");
    const assessor = { ...context, profile: context.profile.id };
    const assessed = await assessAll(withInputs(context.cells, ids), assessor);
    const explanations = [];
    for (const id of ids) explanations.push(await explain(id, assessed, assessor));
    context.stats.save();
    context.code.save();
    if (options.json) {
      printJson(...explanations.map(({ dependsOn, ...one }) => ({
        kind: "cell",
        ...one,
        ...dependsOn === undefined ? {} : { depends_on: dependsOn },
      })));
    } else console.log(explanations.map((one) => explanationLines(one).join("\n")).join("\n\n"));
    return 0;
  }, command);
}
