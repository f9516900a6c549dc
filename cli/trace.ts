/**
 * `deno task trace`: where a number of Table 1 comes from.
 *
 * @module
 */
import type { Table1 } from "../lib/report/mod.ts";
import { assessAll } from "../pipeline/freshness/assess.ts";
import { commandLine } from "./common/command_line.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openContext } from "./common/context.ts";
import { optionGroups, readOptions } from "./common/options.ts";
import { printJson } from "./common/printer.ts";
import { readObject } from "./common/read_object.ts";
import { openCommands } from "./trace/commands.ts";
import { findNumbers, tableNumbers } from "./trace/table_numbers.ts";
import { agrees, trace } from "./trace/origin.ts";
import { fullLines } from "./trace/full_lines.ts";
import { listLines, shortLines } from "./trace/short_lines.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, true, { flags: ["full"] }),
  help: {
    summary: "Follows numbers of Table 1, such as table1.igr.gelu.autoattack or " +
      "table1.igr.gelu.clean, to the file that they are counted in and the cells that made " +
      "them; counts them again, and gives the command that computes them anew. Globs work; " +
      "without a number it lists all with their intervals.",
    usage: ["deno task trace [options] [NUMBER…]"],
    options: optionGroups([[
      "--full",
      "code, parameters, digests, inputs, versions and hardware, too",
    ]], false),
    examples: [["deno task trace", "every number with its interval"], [
      "deno task trace table1.igr.gelu.autoattack",
      "where one comes from",
    ], ["deno task trace 'table1.igr.*.clean' --full", "all that made these"]],
    exits: "0 if all went well, 1 if a file does not say what the table says, 2 for wrong usage",
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
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
    const found = findNumbers(options.cells, numbers);
    if (options.cells.length === 0) {
      if (options.json) {
        printJson(...found.map(({ name, value }) => ({ kind: "entry", name, value })));
      } else console.log(listLines(found).join("\n"));
      return 0;
    }
    const commands = openCommands(profile, { ...options, data: context.data });
    const traces = [];
    for (const number of found) {
      traces.push(
        await trace(number, aggregate!, { profile: profile.id, store, assessed, commands }),
      );
    }
    if (options.json) printJson(...traces.map((one) => ({ kind: "number", ...one })));
    else {
      const linesOf = options.flags.has("full") ? fullLines : shortLines;
      console.log(traces.map((one) => linesOf(one).join("\n")).join("\n\n"));
    }
    return traces.every(agrees) ? 0 : 1;
  }, command);
}
