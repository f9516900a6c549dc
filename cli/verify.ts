/**
 * `deno task verify`: computes finished cells again and compares.
 *
 * @module
 */
import { TOLERANCE } from "../pipeline/verify/compare.ts";
import type { CellDeclaration } from "../pipeline/cells/stage.ts";
import { attestationLines, verifyCell } from "../pipeline/verify/verify.ts";
import { commandMain } from "./common/command.ts";
import { openContext, ROOT, selected } from "./common/context.ts";
import { openInterruption } from "./common/interruption.ts";
import { safetensorsNumbers } from "./common/numbers.ts";
import { helpText, readOptions } from "./common/options.ts";
import { prepareEngine, prepareStages } from "./common/prepare.ts";
import { openPrinter, printJson } from "./common/printer.ts";
import { openRemote, REMOTE } from "./common/remote.ts";
import { readTolerance, toleranceHelp, TOLERANCES } from "./common/tolerance.ts";

const OWN = `${toleranceHelp(TOLERANCE)}
  --remote DIR       also give the verdict to a remote store (default: environment SMOOTHNESS_REMOTE)`;

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, true, { values: [...TOLERANCES, REMOTE] });
    if (options.help) {
      console.log(helpText(
        "deno task verify [options] CELL…",
        "Computes finished cells again, from the same inputs and in a store of their own, and says\n" +
          "whether what comes out is identical, within tolerance or different. The verdict is kept\n" +
          "beside the cell's manifest. Exits with 1 if a cell is different.",
        true,
        OWN,
      ));
      return 0;
    }
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
    const remote = await openRemote(options, store, onEvent);
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
        if (manifest !== undefined) await remote?.push(manifest);
        if (attestation.verdict === "different") different = true;
        if (options.json) printJson({ kind: "verified", attestation });
        else lines.push(...attestationLines(attestation));
      }
    } finally {
      printer.close();
      for (const line of lines) console.log(line);
    }
    return different ? 1 : 0;
  });
}
