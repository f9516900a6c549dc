/**
 * `deno task du`: what takes the space in the store.
 *
 * @module
 */
import { join } from "node:path";
import { inventory } from "../pipeline/upkeep/inventory.ts";
import { needs } from "../pipeline/upkeep/needs.ts";
import { leasesIn, watchLeases } from "../pipeline/store/owner.ts";
import { besides, usage, type UsageRow } from "../pipeline/upkeep/usage.ts";
import { sizeText } from "../pipeline/units.ts";
import { openStore } from "../pipeline/store/store.ts";
import { type Command, commandMain } from "./common/command.ts";
import { fromUser } from "./common/context.ts";
import { optionGroups, readOptions } from "./common/options.ts";
import { printJson } from "./common/printer.ts";
import { lockedKeys, WATCHING } from "./common/roots.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, false),
  help: {
    summary: 'What takes the space, by stage and by cell: needed, and such that "deno task gc" ' +
      "may collect it. A file that several cells share counts once. Then plugins, engines and " +
      "caches, and what each profile needs: all of it, and what nothing else needs.",
    usage: ["deno task du [options]"],
    options: optionGroups([], false),
    examples: [["deno task du", "the store in artifacts/"], [
      "deno task du --store /data/runs",
      "another store",
    ]],
    see: "docs/store.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const store = openStore(fromUser(options.store)), keys = lockedKeys();
    const holder = await watchLeases(leasesIn(join(store.folder, "work")), WATCHING);
    const items = inventory(store, keys, holder), { stages, cells } = usage(items);
    const needed = needs(store, keys), rest = besides(store, items);
    if (options.json) {
      printJson(
        ...stages.map((row) => ({ kind: "stage", ...row })),
        ...cells.map((row) => ({ kind: "cell", ...row })),
        ...needed.map((need) => ({ kind: "need", ...need })),
        ...rest.map((row) => ({ kind: "besides", ...row })),
      );
      return 0;
    }
    const sum = (rows: readonly UsageRow[], side: "reachable" | "unreachable") =>
      rows.reduce((sum, row) => sum + row[side], 0);
    const reachable = sum(stages, "reachable"), unreachable = sum(stages, "unreachable");
    const outside = rest.reduce((sum, { size }) => sum + size, 0);
    const names = [...stages, ...cells, ...needed, ...rest].map(({ name }) => name.length);
    const width = Math.max(...names, "plugins, engines, caches".length);
    const line = (name: string, first: string, second = "") =>
      `${name.padEnd(width)}  ${first.padStart(9)}  ${second.padStart(9)}`.trimEnd();
    const show = ({ name, reachable, unreachable }: UsageRow) =>
      line(name, sizeText(reachable), sizeText(unreachable));
    console.log(
      [
        line("by stage", "needed", "not"),
        ...stages.map(show),
        line("by cell", ""),
        ...cells.map(show),
        line("cells", sizeText(reachable), sizeText(unreachable)),
        line("plugins, engines, caches", "size"),
        ...rest.map(({ name, size }) => line(name, sizeText(size))),
        line("total", sizeText(reachable + unreachable + outside)),
        ...needed.length === 0 ? [] : [line("by profile", "needed", "alone")],
        ...needed.flatMap(({ name, origin, size, alone }) => [
          line(name, sizeText(size), sizeText(alone)),
          ...origin === undefined ? [] : [`  ${origin}`],
        ]),
      ].map((text) => text.trimEnd()).join("\n"),
    );
    return 0;
  }, command);
}
