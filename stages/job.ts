/**
 * The two ends of a stage process: it is given a {@linkcode Job} and reports with JSON lines.
 *
 * The runner starts `deno run … stages/<name>/main.ts JOB.json` in a work folder. The process reads
 * its declared inputs, writes its outputs below `job.output`, may keep resumable state below
 * `job.work`, and prints {@linkcode StageMessage}s on standard output, one JSON object a line; standard
 * error is free text, whose end is shown if the process fails.
 *
 * @module
 */
import { isExplained } from "../lib/std/explained.ts";
import type { Job, Json, StageMessage } from "../pipeline/cells/job.ts";

export type { Job, Json };

/** What {@linkcode stageMain} hands to a stage. */
export interface Reporter {
  readonly progress: (done: number, total: number, label?: string) => void;
  readonly log: (text: string) => void;
  /**
   * All code is read: edits of what `import()` loads belong to later runs. A stage that loads code
   * while it runs and never says so is run again if that was edited before its end.
   */
  readonly loaded: () => void;
}

/** What a stage returns. */
export interface StageResult {
  readonly metrics: Readonly<Record<string, number>>;
  readonly provenance?: { readonly [key: string]: Json };
}

/** A failure that is the experiment's and not a bug: shown without a stack trace. */
export class StageFailure extends Error {
  override name = "StageFailure";
}

/**
 * An error that says what cannot be done, as a failure; a mistake of the program stays what it is,
 * and is shown with its stack.
 */
export function asFailure(error: unknown): unknown {
  return isExplained(error) ? new StageFailure(error.message, { cause: error }) : error;
}

function say(message: StageMessage): void {
  const bytes = new TextEncoder().encode(JSON.stringify(message) + "\n");
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** Runs a stage as this process: reads the job named on the command line and reports the result. */
export async function stageMain(
  run: (job: Job, report: Reporter) => Promise<StageResult>,
): Promise<void> {
  const [path] = Deno.args;
  if (path === undefined) {
    console.error('Cannot start the stage: no job file given; run it with "deno task stage CELL"');
    Deno.exit(2);
  }
  const job: Job = JSON.parse(await Deno.readTextFile(path));
  try {
    const result = await run(job, {
      progress: (done, total, label) => say({ kind: "progress", done, total, label }),
      log: (text) => say({ kind: "log", text }),
      loaded: () => say({ kind: "loaded" }),
    });
    say({ kind: "result", metrics: result.metrics, provenance: result.provenance ?? {} });
  } catch (error) {
    const expected = error instanceof StageFailure;
    say({ kind: "failure", text: error instanceof Error ? error.message : String(error) });
    if (!expected) console.error(error);
    Deno.exit(1);
  }
}
