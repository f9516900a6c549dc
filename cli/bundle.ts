/**
 * `deno task bundle`: cells that are computed on another machine, without network or repository.
 *
 * @module
 */
import { type Command, commandMain } from "./common/command.ts";
import { helpText } from "./common/help.ts";
import { UsageError } from "./common/options.ts";
import { suggestion } from "./common/values.ts";

const PARTS = {
  export: async () => {
    const { command, exportCommand } = await import("./bundle/export.ts");
    return { command, run: exportCommand };
  },
  run: async () => {
    const { command, startRunner } = await import("./bundle/start.ts");
    return { command, run: startRunner };
  },
  import: async () => {
    const { command, importCommand } = await import("./bundle/import.ts");
    return { command, run: importCommand };
  },
  show: async () => {
    const { command, showCommand } = await import("./bundle/show.ts");
    return { command, run: showCommand };
  },
};

/** What the command is. */
export const command = {
  /** Which of its commands is meant. */
  read([name]: readonly string[]): keyof typeof PARTS {
    if (name !== undefined && name in PARTS) return name as keyof typeof PARTS;
    throw new UsageError(
      `Cannot understand "${name}": expected ${Object.keys(PARTS).join(", ")}` +
        `${suggestion(name, Object.keys(PARTS))}; run "deno task bundle --help"`,
    );
  },
  help: {
    summary: "Computes cells on a machine that has neither a network nor this repository: export " +
      "packs them and all that they need, run computes them (on the host: DIR/run.sh), " +
      "import takes the results into the store, show says what a bundle or results hold. " +
      "Each takes --help.",
    usage: [
      "deno task bundle export [options] CELL… --out DIR",
      "deno task bundle run DIR [options]",
      "deno task bundle import [options] DIR…",
      "deno task bundle show FILE",
    ],
    options: [],
    examples: [["deno task bundle export 'train:*' --out bundle", "pack"], [
      "deno task bundle run bundle --budget 9m",
      "compute",
    ], ["deno task bundle import bundle/results", "take the results"]],
    see: "docs/bundles.md",
  },
} satisfies Command;

if (import.meta.main) {
  const [name, ...args] = Deno.args, known = name !== undefined && name in PARTS;
  const part = known ? await PARTS[command.read(Deno.args)]() : undefined;
  const answers = part?.command ?? command;
  await commandMain(async () => {
    if (part !== undefined) return await part.run(args);
    if (name === undefined || name === "help") {
      console.log(helpText(command.help));
      return 0;
    }
    command.read(Deno.args);
    return 2;
  }, answers);
}
