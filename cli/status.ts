/**
 * `deno task status`: every cell, its state, when it ran, its size and headline numbers.
 *
 * @module
 */
import { assessAll, isFresh } from "../pipeline/freshness/assess.ts";
import { latestAttestation } from "../pipeline/store/attestation.ts";
import { withInputs } from "../pipeline/cells/select.ts";
import {
  type Elsewhere,
  statusDetails,
  statusLines,
  statusRows,
} from "../pipeline/answers/status.ts";
import { whereCellsAre } from "../pipeline/executor/hands.ts";
import type { Key } from "../pipeline/store/key.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openContext, selected } from "./common/context.ts";
import { openExecutor } from "./common/executor.ts";
import { optionGroups, readOptions } from "./common/options.ts";
import { lookForOutput } from "./common/look.ts";
import { printJson } from "./common/printer.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, true),
  help: {
    summary: "Lists every cell, stale ones first: when it ran and its headline numbers. Of cells " +
      "that are named it says all. Of those that an executor has it says where they are.",
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
    const { store } = context;
    const stale = new Set(
      assessments.flatMap((one) => isFresh(one) || one.key === undefined ? [] : [one.key]),
    );
    const where = stale.size === 0
      ? new Map<Key, Elsewhere>()
      : await whereCellsAre(store, stale, (kind) => openExecutor(kind, store));
    const rows = statusRows(
      assessments,
      (manifest) => latestAttestation(store, manifest),
      (key) => where.get(key),
    );
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
