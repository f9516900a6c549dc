/**
 * `deno task trace`: where a number of Table 1 comes from.
 *
 * @module
 */
import type { Table1 } from "../lib/report/mod.ts";
import { assessAll } from "../pipeline/freshness/assess.ts";
import { commandLine } from "./common/command_line.ts";
import { commandMain } from "./common/command.ts";
import { openContext } from "./common/context.ts";
import { helpText, readOptions } from "./common/options.ts";
import { printJson } from "./common/printer.ts";
import { readObject } from "./common/read_object.ts";
import { openCommands } from "./trace/commands.ts";
import { findNumber, tableNumbers } from "./trace/table_numbers.ts";
import { agrees, trace, traceLines } from "./trace/origin.ts";

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, true);
    if (options.help) {
      console.log(helpText(
        "deno task trace [options] NUMBER…",
        "Follows numbers of Table 1, such as table1.igr.gelu.autoattack, table1.igr.gelu.pgd50 or\n" +
          "table1.igr.gelu.clean, to the files, code, parameters, seed, inputs, engine and machine that\n" +
          "made them, counts them again, and gives the command that computes them anew. Without a\n" +
          "number it lists all. Exits with 1 if a file does not say what the table says.",
        false,
      ));
      return 0;
    }
    const context = openContext(options), { profile, store } = context;
    const assessor = { ...context, profile: profile.id };
    const assessed = await assessAll(context.cells, assessor);
    context.stats.save();
    context.code.save();
    const { manifest, latest } = assessed.get("aggregate")!, aggregate = manifest ?? latest;
    const text = aggregate && await readObject(store, aggregate.outputs["table1.json"].digest);
    if (text === undefined) {
      throw new Error(
        `Cannot trace a number: profile "${profile.name}" has no table yet; run "${
          commandLine("pipeline", options, [])
        }"`,
      );
    }
    const numbers = tableNumbers(JSON.parse(text) as Table1);
    const names = options.cells.length === 0 ? [undefined] : options.cells;
    const found = names.map((name) => findNumber(name, numbers));
    const commands = openCommands(profile, options);
    const traces = [];
    for (const number of found) {
      traces.push(
        await trace(number, aggregate!, { profile: profile.id, store, assessed, commands }),
      );
    }
    if (options.json) printJson(...traces.map((one) => ({ kind: "number", ...one })));
    else console.log(traces.map((one) => traceLines(one).join("\n")).join("\n\n"));
    return traces.every(agrees) ? 0 : 1;
  });
}
