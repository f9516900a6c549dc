/** `deno task bundle export`: packs cells and all that they need. @module */
import { isCudaPlugin } from "../../lib/pjrt_plugin/cuda.ts";
import { contentOf } from "../../pipeline/bundle/content.ts";
import { exportBundle } from "../../pipeline/bundle/export.ts";
import { sizeText } from "../../pipeline/units.ts";
import { bundleLines } from "./show.ts";
import { fromUser, openContext, ROOT, selected } from "../common/context.ts";
import type { Command } from "../common/command.ts";
import { optionGroups, readOptions, UsageError } from "../common/options.ts";
import { gitCommit, prepareEngine, prepareStages } from "../common/prepare.ts";
import { printJson } from "../common/printer.ts";
import { readSize } from "../common/values.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) =>
    readOptions(args, true, {
      flags: ["with-deno", "with-plugin", "without-data"],
      values: ["out", "split"],
    }),
  help: {
    summary: "Packs stale cells and everything stale that they need into a folder that runs on a " +
      "machine with neither a network nor this repository. A cell is an id, or a glob such " +
      "as 'attack:*:igr:*'.",
    usage: ["deno task bundle export [options] CELL… --out DIR"],
    options: optionGroups([
      ["--out DIR", "the folder to make"],
      ["--split SIZE", "largest file in it (default: 48M)"],
      ["--with-deno", "packs this Deno, too (about 34 MB with xz)"],
      ["--with-plugin", "packs XLA's CPU plugin, too; a GPU's is found on the host"],
      ["--without-data", "leaves out the files of --data, which the host gives: run.sh --data DIR"],
      ["--plugin PATH", "the plugin that --with-plugin packs"],
    ], false),
    examples: [[
      "deno task bundle export 'train:*' --out bundle",
      "all trainings of the demo profile",
    ], [
      "deno task bundle export '*' --profile paper --out bundle --with-deno",
      "all of the paper's, with Deno",
    ]],
    see: "docs/bundles.md",
  },
} satisfies Command;

/** Exports; returns the exit code. */
export async function exportCommand(args: readonly string[]): Promise<number> {
  const options = command.read(args);
  const { out, split = "48M" } = options.values;
  if (!out) {
    throw new UsageError('Cannot export to nowhere: pass "--out DIR", a folder that is to be made');
  }
  const context = openContext(options), { profile, cells, store } = context;
  const ids = selected(cells, options.cells, "bundle export");
  const note = (text: string) => {
    if (!options.json) console.log(text);
  };
  const onEvent = (event: { kind: string; text?: string }) => note(event.text ?? "");
  await prepareStages(cells, onEvent);
  const engine = options.flags.has("with-plugin")
    ? await prepareEngine({ ...options, engine: "pjrt:cpu" }, store.folder, onEvent)
    : undefined;
  if (engine?.plugin !== undefined && isCudaPlugin(engine.plugin)) {
    throw new UsageError(
      `Cannot pack "${engine.plugin}": a CUDA plugin needs the folders beside it; leave out ` +
        "--with-plugin, and it is found on the host",
    );
  }
  const index = await exportBundle({
    ...context,
    profile: profile.id,
    root: ROOT,
    selected: ids,
    out: fromUser(out),
    split: readSize("split", split),
    runner: new URL("./run.ts", import.meta.url),
    commit: await gitCommit(),
    plugin: engine?.plugin,
    deno: options.flags.has("with-deno"),
    withoutData: options.flags.has("without-data"),
    onNote: note,
  });
  context.stats.save();
  context.code.save();
  if (options.json) printJson({ kind: "bundle", out: fromUser(out), index });
  else console.log(bundleLines(index).join("\n"));
  const files = [...Deno.readDirSync(fromUser(out))].map(({ name }) =>
    Deno.statSync(`${fromUser(out)}/${name}`).size
  );
  const size = sizeText(files.reduce((sum, bytes) => sum + bytes, 0));
  note(
    `${files.length} files, ${size}; on the host: ${out}/run.sh ${
      contentOf(index).given === undefined ? "" : "--data DIR "
    }--budget 9m`,
  );
  return 0;
}
