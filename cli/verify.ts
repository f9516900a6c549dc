/**
 * `deno task verify`: computes finished cells again and compares.
 *
 * @module
 */
import { TOLERANCE } from "../pipeline/verify/compare.ts";
import type { CellDeclaration } from "../pipeline/cells/stage.ts";
import { attestationLines, verifyCell } from "../pipeline/verify/verify.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openContext, ROOT, selected } from "./common/context.ts";
import { openInterruption } from "./common/interruption.ts";
import { safetensorsNumbers } from "./common/numbers.ts";
import { optionGroups, readOptions } from "./common/options.ts";
import { prepareEngine, prepareStages } from "./common/prepare.ts";
import { openPrinter, printJson } from "./common/printer.ts";
import { openRemote, REMOTE, REMOTE_DEFAULT } from "./common/remote.ts";
import { readTolerance, toleranceOptions, TOLERANCES } from "./common/tolerance.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, true, { values: [...TOLERANCES, REMOTE] }),
  help: {
    summary: "Computes finished cells again, from the same inputs and in a store of their own, " +
      "and says whether what comes out is identical, within tolerance or different. The " +
      "verdict is kept beside the cell's manifest.",
    usage: ["deno task verify [options] CELL…"],
    options: optionGroups([...toleranceOptions(TOLERANCE), [
      "--remote PLACE",
      `also give the verdict to a remote store ${REMOTE_DEFAULT}`,
    ]], true),
    examples: [["deno task verify train:igr:gelu", "one training, again"], [
      "deno task verify 'attack:pgd50:*' --absolute 0",
      "to the last bit or 1 in 10,000",
    ]],
    exits: "0 if all went well, 1 if a cell is different, 2 for wrong usage, 130 if interrupted",
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const tolerance = readTolerance(options, TOLERANCE);
    const context = openContext(options), { profile, store, code, stats } = context;
    const ids = selected(context.cells, options.cells, "verify");
    using interruption = openInterruption();
    const printer = openPrinter(options.json), { onEvent } = printer;
    const signal = AbortSignal.any([interruption.signal, printer.failed]);
    const prepare = async (cell: CellDeclaration) => ({
      provenance: await prepareStages([cell], onEvent, signal),
      engine: cell.stage.engine
        ? await prepareEngine(options, store.folder, onEvent, signal)
        : { kind: "none" },
    });
    const remote = await openRemote(options, store, onEvent, profile);
    const lines: string[] = [];
    let different = false;
    try {
      for (const id of ids) {
        const attestation = await verifyCell(id, context.cells, {
          ...{ profile: profile.id, store, code, stats, root: ROOT },
          ...{ prepare, tolerance, onEvent, signal },
          readers: { ".safetensors": safetensorsNumbers },
        });
        printer.failed.throwIfAborted();
        if (attestation === undefined) return 130;
        const manifest = store.manifest(attestation.key);
        if (manifest !== undefined) await remote?.push(manifest, signal);
        if (attestation.verdict === "different") different = true;
        if (options.json) printJson({ kind: "verified", attestation });
        else lines.push(...attestationLines(attestation));
      }
    } finally {
      printer.close();
      for (const line of lines) console.log(line);
    }
    return different ? 1 : 0;
  }, command);
}
