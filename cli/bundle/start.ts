/** `deno task bundle run`: starts the runner that a bundle has. @module */
import { join } from "node:path";
import { readArchive } from "../../pipeline/bundle/archive.ts";
import { RUNNER, RUNNER_FLAGS } from "../../pipeline/bundle/run_script.ts";
import { readRunnerOptions, RUNNER_HELP } from "./run_options.ts";
import { fromUser } from "../common/context.ts";
import { openInterruption } from "../common/interruption.ts";
import type { Command } from "../common/command.ts";
import { UsageError } from "../common/options.ts";

/** What the command is. */
export const command = { read: readRunnerOptions, help: RUNNER_HELP } satisfies Command;

/** Runs a bundle as its `run.sh` does; returns the exit code. */
export async function startRunner(args: readonly string[]): Promise<number> {
  const [folder, ...options] = args;
  if (folder === undefined || folder.startsWith("-")) {
    throw new UsageError(
      'Cannot run nothing: name the folder first, as in "deno task bundle run DIR --budget 9m"',
    );
  }
  const path = fromUser(folder);
  readArchive(path, ["bundle"]);
  using interruption = openInterruption();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...RUNNER_FLAGS, join(path, RUNNER), path, ...options],
  }).spawn();
  // A terminal interrupts both processes at once; who asks this one alone means both.
  interruption.signal.addEventListener("abort", () => {
    try {
      child.kill("SIGTERM");
    } catch (error) {
      // It ended in the meantime.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  });
  return (await child.status).code;
}
