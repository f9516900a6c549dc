/**
 * `deno task gc`: what nothing needs any more, and its removal.
 *
 * @module
 */
import { collect, wouldCollect } from "../pipeline/upkeep/gc.ts";
import { forgetProfile, needs } from "../pipeline/upkeep/needs.ts";
import { inventory } from "../pipeline/upkeep/inventory.ts";
import { besides } from "../pipeline/upkeep/usage.ts";
import { pin } from "../pipeline/upkeep/pins.ts";
import { sizeText } from "../pipeline/units.ts";
import { openStore } from "../pipeline/store/store.ts";
import { storeError } from "../pipeline/store/error.ts";
import { type Command, commandMain } from "./common/command.ts";
import { fromUser } from "./common/context.ts";
import { optionGroups, readOptions } from "./common/options.ts";
import { printJson } from "./common/printer.ts";
import { collectedText, collectPlace } from "./common/remote_gc.ts";
import { REMOTE } from "./common/remote.ts";
import { lockedKeys, WATCHING } from "./common/roots.ts";
import { readDuration, readSize } from "./common/values.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) =>
    readOptions(args, false, {
      flags: ["apply"],
      values: ["older-than", "keep", "pin", "forget", REMOTE],
    }),
  help: {
    summary: "Says what nothing needs: no lockfile, no profile's last run, no pin, no running " +
      "cell. What was written within the last hour always stays, and so do plugins, " +
      "engines and caches.",
    usage: ["deno task gc [options]"],
    options: optionGroups([
      ["--apply", "delete; without it the command only says what would go"],
      ["--older-than AGE", "only what was finished so long ago, for example 30d or 12h"],
      ["--keep SIZE", "only, oldest first, until the store holds no more, for example 20G"],
      [
        "--remote PLACE",
        "collect a remote store instead: what is older than --older-than, a day at least, and no " +
        "lockfile or pin here names",
      ],
      ["--pin CELL", "keep what the cell left last, for good, and end"],
      ["--forget PROFILE", 'forget what a profile used last, as "needed" names it, and end'],
    ], false),
    examples: [["deno task gc", "what would go"], [
      "deno task gc --apply --older-than 30d",
      "delete what is a month old",
    ], ["deno task gc --pin train:igr:gelu", "keep this model"]],
    see: "docs/store.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const { values: { "older-than": age, keep, pin: pinned, forget }, flags, json } = options;
    const store = openStore(fromUser(options.store)), place = options.values[REMOTE];
    if (place !== undefined) return await collectPlace(place, store, options);
    try {
      if (pinned !== undefined) {
        const count = pin(store, pinned);
        if (json) printJson({ kind: "pinned", cell: pinned, count });
        else console.log(`Pinned ${pinned}: ${count}`);
        return 0;
      }
      if (forget !== undefined) {
        const count = forgetProfile(store, forget);
        if (json) printJson({ kind: "forgotten", profile: forget, cells: count });
        else console.log(`Forgot the ${count} cells of ${forget}`);
        return 0;
      }
      const policy = {
        keys: lockedKeys(),
        ...age === undefined ? {} : { olderThan: 1000 * readDuration("older-than", age) },
        ...keep === undefined ? {} : { keep: readSize("keep", keep) },
      };
      const apply = flags.has("apply"), needed = needs(store, policy.keys);
      const items = await (apply ? collect : wouldCollect)(store, policy, WATCHING);
      const total = items.reduce((sum, { size }) => sum + size, 0);
      if (json) {
        printJson(
          ...needed.map((need) => ({ kind: "need", ...need })),
          ...items.map(({ kind: item, time, ...rest }) => ({
            kind: "item",
            item,
            ...rest,
            changed: new Date(time).toISOString(),
          })),
          ...besides(store, inventory(store, policy.keys))
            .map((row) => ({ kind: "besides", ...row })),
          { kind: "end", applied: apply, items: items.length, total },
        );
        return 0;
      }
      for (const { name, origin, cells, size } of needed) {
        console.log(
          `needed  ${sizeText(size).padStart(7)}  ${
            cells === 1 ? "1 cell" : `${cells} cells`
          } by ${name}${origin === undefined ? "" : ` (${origin})`}`,
        );
      }
      for (const { kind, name, size } of items) {
        console.log(`${kind.padEnd(6)}  ${sizeText(size).padStart(7)}  ${name}`);
      }
      const rest = besides(store, inventory(store, policy.keys));
      if (rest.length > 0) {
        const size = sizeText(rest.reduce((sum, { size }) => sum + size, 0));
        console.log(
          `stays   ${size.padStart(7)}  ${rest.map(({ name }) => name).join(", ")}: no cell's`,
        );
      }
      console.log(collectedText(items.length, total, apply));
      return 0;
    } catch (error) {
      throw storeError(error, store.folder);
    }
  }, command);
}
