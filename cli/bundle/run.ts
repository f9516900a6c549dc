/**
 * The runner of a bundle: travels in it as one file and computes its cells where neither the
 * repository nor a network is.
 *
 * @module
 */
import { basename, join } from "node:path";
import { DataError } from "../../lib/data/batches.ts";
import { decodeFile, isJpegs } from "../../lib/data/jpeg_folder.ts";
import { messageOf } from "../../lib/std/message_of.ts";
import {
  checkReplaceable,
  packCheckpoints,
  takeCheckpoints,
} from "../../pipeline/bundle/checkpoints.ts";
import { GivenError } from "../../pipeline/bundle/given.ts";
import { openBundle, type OpenedBundle, runBundle } from "../../pipeline/bundle/host.ts";
import { packResults, resultsOf } from "../../pipeline/bundle/results.ts";
import { replaceableResults } from "../../pipeline/bundle/results_folder.ts";
import { NoRoom } from "../../pipeline/bundle/volumes.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import { UNFINISHED_EXIT } from "../../pipeline/run/exit_codes.ts";
import { statIfPresent } from "../../pipeline/store/files.ts";
import { durationText, sizeText } from "../../pipeline/units.ts";
import { advance, NOTHING_YET } from "../../pipeline/run/progress/state.ts";
import { openPacker, type Packer } from "./packer.ts";
import { openSummary } from "./summary.ts";
import { statusLine } from "./tell.ts";
import { hostEngine } from "./run_engine.ts";
import { readRunnerOptions, RUNNER_HELP, type RunnerOptions } from "./run_options.ts";
import { commandMain } from "../common/command.ts";
import { openInterruption, STOPPING } from "../common/interruption.ts";
import { UsageError } from "../common/options.ts";
import { checkPrecision } from "../common/precision.ts";
import { openPrinter, printJson } from "../common/printer.ts";

/** How often what is left is told, milliseconds. */
const TELL_MS = 30_000;

/** How often checkpoints are looked at, milliseconds. */
const WATCH_MS = 2_000;

/** Part of the budget that is kept for packing what is finished, and most of it, seconds. */
const RESERVE = { share: 0.05, least: 1, most: 30 };

async function runner(options: RunnerOptions): Promise<number> {
  const { budget, json } = options;
  const bundle = await open(options), { content } = bundle;
  // Known before hours of work, not after.
  usable(() => replaceableResults(options.results, bundle.index.digest));
  if (options.checkpoints !== undefined) {
    usable(() => checkReplaceable(options.checkpoints!, bundle.index.digest));
  }
  const printer = openPrinter(json);
  let state = NOTHING_YET;
  const onEvent = (event: RunEvent) => {
    state = advance(state, event, performance.now());
    printer.onEvent(event);
    if (event.kind !== "finished") return;
    watch(); // small outputs are there before large ones are packed
    packer.more();
  };
  const note = (text: string) => onEvent({ kind: "note", text });
  note(
    `Bundle ${bundle.index.digest.slice(0, 16)}: ${content.cells.length} cells of profile ` +
      `${content.profile}, all files as they were packed`,
  );
  if (content.deno !== Deno.version.deno) {
    note(`This is Deno ${Deno.version.deno}; the bundle was made with ${content.deno}`);
  }
  let noRoom: string | undefined;
  const packer = openPacker(
    async () => {
      try {
        return await packResults(bundle, options.results, options, options.only);
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
        noRoom = error.message;
      }
    },
    (text) => note(`The results are not packed yet: ${text}`),
  );
  const writeSummary = openSummary(bundle, options.results);
  const watch = () => {
    try {
      writeSummary();
    } catch (error) {
      note(`What is not in the results is not written down: ${messageOf(error)}`);
      clearInterval(watcher);
    }
  };
  const watcher = setInterval(watch, WATCH_MS);
  // What earlier runs finished is packed at once into a new folder.
  if (statIfPresent(join(options.results, "results.json")) === undefined) packer.more();
  if (options.resume !== undefined) await resume(bundle, options.resume, note);
  using interruption = openInterruption(() => note(STOPPING));
  const { signal: timeUp, left, [Symbol.dispose]: stopClock } = openClock(budget);
  const teller = setInterval(
    () => note(statusLine(state, performance.now(), left())),
    TELL_MS,
  );
  let summary;
  try {
    summary = await runBundle(bundle, {
      jobs: options.jobs,
      signal: AbortSignal.any([interruption.signal, timeUp, printer.failed]),
      onEvent,
      check: (assessments) => checkPrecision(options.engine, assessments),
      prepareEngine: () => hostEngine(options, bundle, onEvent),
    });
  } catch (error) {
    // What is finished comes back, whatever went wrong.
    await packer.end().catch((problem) => note(`The results are not packed: ${problem.message}`));
    throw error;
  } finally {
    clearInterval(teller);
    clearInterval(watcher);
    stopClock();
    printer.close();
  }
  const say = (text: string) => json ? printJson({ kind: "note", text }) : console.log(text);
  await pack(options, packer, say, () => noRoom);
  watch(); // of what is packed now, nothing has to be told
  await keepCheckpoints(options, bundle, say);
  printer.failed.throwIfAborted();
  if (summary.failed.length > 0) {
    say(`Failed: ${summary.failed.join(", ")}`);
    return 1;
  }
  const unfinished = content.cells.map(({ id }) => id).filter((id) => !summary.fresh.has(id));
  if (unfinished.length === 0) {
    say(`All ${content.cells.length} cells are finished`);
    return 0;
  }
  say(`Not finished: ${unfinished.join(", ")}; the same command goes on from the checkpoints`);
  return interruption.signal.aborted ? 130 : UNFINISHED_EXIT;
}

/** Opens the bundle; data that is not given, or another, is the user's to mend. */
async function open({ folder, state, data }: RunnerOptions): Promise<OpenedBundle> {
  const cache = join(state, "data", "jpegs");
  const unpack = (path: string) =>
    isJpegs(basename(path))
      ? decodeFile(path, cache, () => console.error(`Decoding "${path}" (once)`))
      : undefined;
  try {
    return await openBundle(
      folder,
      state,
      data === undefined ? undefined : { folder: data, unpack },
    );
  } catch (error) {
    const wrong = error instanceof GivenError || error instanceof DataError;
    throw wrong ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** Aborts when the budget is nearly used up. */
function openClock(budget: number | undefined) {
  const controller = new AbortController();
  if (budget === undefined) {
    return { signal: controller.signal, left: () => "", [Symbol.dispose]: () => {} };
  }
  const { share, least, most } = RESERVE;
  const until = 1000 * (budget - Math.min(most, Math.max(least, share * budget)));
  // Since this process started, as the one who waits for it counts.
  const timer = setTimeout(() => controller.abort(), Math.max(0, until - performance.now()));
  return {
    signal: controller.signal,
    left: () => {
      const seconds = Math.max(0, budget - performance.now() / 1000);
      return `; ${durationText(Math.round(seconds))} of the budget left`;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/** What cannot be used is the user's to mend, before hours of work and not after. */
function usable(check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

async function resume(bundle: OpenedBundle, from: string, note: (text: string) => void) {
  const taken = await takeCheckpoints(bundle, from);
  note(
    taken.length === 0
      ? `No checkpoint is taken from ${from}: the cells have their own, or are finished`
      : `Checkpoints taken from ${from}: ${taken.map(({ cell }) => cell).join(", ")}`,
  );
}

async function keepCheckpoints(
  { checkpoints, split }: RunnerOptions,
  bundle: OpenedBundle,
  say: (text: string) => void,
): Promise<void> {
  if (checkpoints === undefined) return;
  const index = await packCheckpoints(bundle, checkpoints, split);
  if (index === undefined) return;
  const size = sizeText(index.volumes.reduce((sum, volume) => sum + volume.size, 0));
  say(`Checkpoints: ${checkpoints} (${index.volumes.length + 1} files, ${size})`);
}

async function pack(
  { results }: RunnerOptions,
  packer: Packer,
  say: (text: string) => void,
  noRoom: () => string | undefined,
): Promise<void> {
  const index = await packer.end();
  if (index === undefined) {
    return say(noRoom() ?? "No cell is finished, so there are no results to pack");
  }
  const { cells, leftOut } = resultsOf(index);
  const size = index.volumes.reduce((sum, volume) => sum + volume.size, 0);
  say(
    `Results: ${cells.length} finished cell${cells.length === 1 ? "" : "s"} in ${results} (${
      index.volumes.length + 1
    } files, ${sizeText(size)})`,
  );
  if (leftOut.length === 0) return;
  say(`No room for ${leftOut.join(", ")}: fetch these results, then pass --only ${leftOut.join()}`);
}

if (import.meta.main) {
  await commandMain(async () => await runner(readRunnerOptions(Deno.args)!), {
    help: RUNNER_HELP,
    version: false,
  });
}
