/**
 * `deno task plan`: what would run and why, and what is cached.
 *
 * @module
 */
import { assessAll } from "../pipeline/assess.ts";
import { planLines, planRows } from "../pipeline/plan.ts";
import { commandMain } from "./_command.ts";
import { openContext } from "./_context.ts";
import { helpText, readOptions } from "./_options.ts";

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, false);
    if (options.help) {
      console.log(helpText(
        "deno task plan [options]",
        "Shows what would run and why, and what is cached; runs nothing.",
        false,
      ));
      return 0;
    }
    const context = openContext(options);
    const assessor = { ...context, profile: context.profile.name };
    const rows = planRows([...(await assessAll(context.cells, assessor)).values()]);
    context.stats.save();
    context.code.save();
    const lines = options.json
      ? rows.map((row) => JSON.stringify(row))
      : planLines(context.profile.name, rows);
    console.log(lines.join("\n"));
    return 0;
  });
}
