/**
 * `deno task du`: what takes the space in the store.
 *
 * @module
 */
import { join } from "node:path";
import { inventory } from "../pipeline/upkeep/inventory.ts";
import { needs } from "../pipeline/upkeep/needs.ts";
import { leasesIn, watchLeases } from "../pipeline/store/owner.ts";
import { usage, type UsageRow } from "../pipeline/upkeep/usage.ts";
import { sizeText } from "../pipeline/units.ts";
import { openStore } from "../pipeline/store/store.ts";
import { commandMain } from "./common/command.ts";
import { fromUser } from "./common/context.ts";
import { helpText, readOptions } from "./common/options.ts";
import { printJson } from "./common/printer.ts";
import { lockedKeys, WATCHING } from "./common/roots.ts";

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, false);
    if (options.help) {
      console.log(helpText(
        "deno task du [options]",
        'What takes the space, by stage and by cell: needed, and such that "deno task gc" may\n' +
          "collect it. A file that several cells share counts once. Then what each profile needs: all\n" +
          "of it, and what nothing else needs.",
        false,
      ));
      return 0;
    }
    const store = openStore(fromUser(options.store)), keys = lockedKeys();
    const holder = await watchLeases(leasesIn(join(store.folder, "work")), WATCHING);
    const { stages, cells } = usage(inventory(store, keys, holder)), needed = needs(store, keys);
    if (options.json) {
      printJson(
        ...stages.map((row) => ({ kind: "stage", ...row })),
        ...cells.map((row) => ({ kind: "cell", ...row })),
        ...needed.map((need) => ({ kind: "need", ...need })),
      );
      return 0;
    }
    const total: UsageRow = stages.reduce((sum, row) => ({
      name: "total",
      reachable: sum.reachable + row.reachable,
      unreachable: sum.unreachable + row.unreachable,
    }), { name: "total", reachable: 0, unreachable: 0 });
    const rows = [...stages, ...cells, ...needed, total];
    const width = Math.max(...rows.map(({ name }) => name.length), "by profile".length);
    const line = (name: string, needed: string, rest: string) =>
      `${name.padEnd(width)}  ${needed.padStart(9)}  ${rest.padStart(9)}`;
    const show = ({ name, reachable, unreachable }: UsageRow) =>
      line(name, sizeText(reachable), sizeText(unreachable));
    console.log(
      [
        line("by stage", "needed", "not"),
        ...stages.map(show),
        line("by cell", "", ""),
        ...cells.map(show),
        show(total),
        ...needed.length === 0 ? [] : [line("by profile", "needed", "alone")],
        ...needed.map(({ name, origin, size, alone }) =>
          `${line(name, sizeText(size), sizeText(alone))}${
            origin === undefined ? "" : `  ${origin}`
          }`
        ),
      ].map((text) => text.trimEnd()).join("\n"),
    );
    return 0;
  });
}
