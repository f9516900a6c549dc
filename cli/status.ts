/**
 * `deno task status`: every cell, its state, when it ran, its size and headline numbers.
 *
 * @module
 */
import { assessAll } from "../pipeline/freshness/assess.ts";
import { latestAttestation } from "../pipeline/store/attestation.ts";
import { statusLines, statusRows } from "../pipeline/answers/status.ts";
import { commandMain } from "./common/command.ts";
import { openContext } from "./common/context.ts";
import { helpText, readOptions } from "./common/options.ts";
import { printJson } from "./common/printer.ts";

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, false);
    if (options.help) {
      console.log(helpText(
        "deno task status [options]",
        "Lists every cell: fresh, stale or never run, when, size and headline numbers.",
        false,
      ));
      return 0;
    }
    const context = openContext(options);
    const assessor = { ...context, profile: context.profile.id };
    const assessments = [...(await assessAll(context.cells, assessor)).values()];
    const rows = statusRows(assessments, (manifest) => latestAttestation(context.store, manifest));
    context.stats.save();
    context.code.save();
    if (options.json) printJson(...rows.map((row) => ({ kind: "cell", ...row })));
    else console.log(statusLines(context.profile.name, rows).join("\n"));
    return 0;
  });
}
