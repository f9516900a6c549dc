/**
 * `deno task bundle`: cells that are computed on another machine, without network or repository.
 *
 * @module
 */
import { commandMain } from "./common/command.ts";
import { UsageError } from "./common/options.ts";

const HELP = `Computes cells on a machine that has neither a network nor this repository

Usage: deno task bundle export [options] CELL… --out DIR   packs cells and all that they need
       deno task bundle run DIR [options]                  computes them; on the host: DIR/run.sh
       deno task bundle import DIR…                        takes results into the store
       deno task bundle show FILE                          says what a bundle or results hold

Each takes --help`;

if (import.meta.main) {
  await commandMain(async () => {
    const [command, ...args] = Deno.args;
    switch (command) {
      case "export":
        return await (await import("./bundle/export.ts")).exportCommand(args);
      case "run":
        return await (await import("./bundle/start.ts")).startRunner(args);
      case "import":
        return await (await import("./bundle/import.ts")).importCommand(args);
      case "show":
        return (await import("./bundle/show.ts")).showCommand(args);
      case undefined:
      case "help":
      case "--help":
        console.log(HELP);
        return 0;
      default:
        throw new UsageError(
          `Cannot understand "${command}": expected export, run, import or show; run ` +
            '"deno task bundle --help"',
        );
    }
  });
}
