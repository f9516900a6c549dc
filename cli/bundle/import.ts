/** `deno task bundle import`: takes results of bundles into the store. @module */
import { assessAll, isFresh } from "../../pipeline/freshness/assess.ts";
import { readArchive } from "../../pipeline/bundle/archive.ts";
import { type Imported, importResults } from "../../pipeline/bundle/import.ts";
import { resultsOf } from "../../pipeline/bundle/results.ts";
import { ProfileError } from "../../pipeline/profile/profile.ts";
import { metricsText } from "../../pipeline/units.ts";
import { outputsOf } from "../../pipeline/cells/outputs.ts";
import { fromUser, openContext } from "../common/context.ts";
import type { Command } from "../common/command.ts";
import { optionGroups, type Options, readOptions, UsageError } from "../common/options.ts";
import { printJson } from "../common/printer.ts";
import { STAGES } from "../common/stages.ts";
import { openStore } from "../../pipeline/store/store.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, true, { flags: ["foreign"] }),
  help: {
    summary: "Checks every digest of results that came from a bundle, then takes them into the " +
      "store. What is refused changes nothing. DIR is a folder, its results.json, or a " +
      "volume. --profile says which results are current (default: the results' own).",
    usage: ["deno task bundle import [options] DIR…"],
    options: optionGroups([[
      "--foreign",
      "takes results of bundles that were not exported from this store, too",
    ]], false),
    examples: [["deno task bundle import bundle/results", "what came back"]],
    see: "docs/bundles.md",
  },
} satisfies Command;

/** Imports; returns the exit code. */
export async function importCommand(args: readonly string[]): Promise<number> {
  const options = command.read(args);
  if (options.cells.length === 0) {
    throw new UsageError("Cannot import nothing: name a folder with results.json");
  }
  const store = openStore(fromUser(options.store));
  for (const name of options.cells) {
    const path = fromUser(name), { profile } = resultsOf(readArchive(path, ["results"]).index);
    const imported = await importResults(path, {
      store,
      outputsOf({ stage: named, parameters }) {
        const stage = STAGES.find(({ name }) => name === named);
        return stage && outputsOf({ stage, parameters });
      },
      foreign: options.flags.has("foreign"),
    });
    const given = args.some((arg) => arg.split("=")[0] === "--profile");
    const current = await currentKeys(options, given ? undefined : profile);
    for (const one of imported) {
      const { cell, key } = one.manifest, now = current?.keys.get(cell);
      const into = current?.profile ?? profile;
      if (now === key || store.latestKey(into, cell) === undefined) {
        store.setLatest(into, cell, key);
      }
      if (options.json) printJson(jsonOf(one, now));
      else console.log(lineOf(one, current === undefined ? undefined : now ?? "none"));
    }
  }
  return 0;
}

/** The profile, and keys that its cells have now, as far as they are known; `undefined` without it. */
async function currentKeys(
  options: Options,
  profile: string | undefined,
): Promise<{ readonly profile: string; readonly keys: ReadonlyMap<string, string> } | undefined> {
  let context;
  try {
    context = openContext({ ...options, profile: profile ?? options.profile });
  } catch (error) {
    // What was imported is in the store; a profile of another folder, or its data, need not be here.
    const notHere = error instanceof UsageError || error instanceof ProfileError;
    if (profile !== undefined && notHere) return undefined;
    throw error;
  }
  const assessed = await assessAll(context.cells, { ...context, profile: context.profile.id });
  context.stats.save();
  context.code.save();
  const keys = new Map(
    [...assessed].flatMap(([id, assessment]) =>
      isFresh(assessment) ? [[id, assessment.key] as const] : []
    ),
  );
  return { profile: context.profile.id, keys };
}

function lineOf({ manifest, present }: Imported, now: string | undefined): string {
  const { cell, key, metrics, provenance } = manifest;
  const numbers = metricsText(metrics);
  return [
    `${cell}: ${present ? "was there already" : `taken, computed on ${provenance.host}`}`,
    ...numbers === "" ? [] : [`, ${numbers}`],
    ...now === undefined || now === key
      ? []
      : [`; no longer current (key ${key.slice(0, 16)}), kept as a past run`],
  ].join("");
}

function jsonOf({ manifest, present }: Imported, now: string | undefined) {
  const { cell, key } = manifest;
  return { kind: "imported", cell, key, present, current: now === key };
}
