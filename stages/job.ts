/**
 * The two ends of a stage process: it is given a {@linkcode Job} and reports with JSON lines.
 *
 * The runner starts `deno run … stages/<name>/main.ts JOB.json` in a work folder. The process reads
 * its declared inputs, writes its outputs below `job.output`, may keep resumable state below
 * `job.work`, and prints {@linkcode Message}s on standard output, one JSON object a line; standard
 * error is free text, whose end is shown if the process fails.
 *
 * @module
 */
import { isExplained } from "../lib/std/explained.ts";

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What a stage process is asked to do. */
export interface Job {
  /** For example `train:igr:gelu@2`. */
  readonly cell: string;
  /** Name of the stage, for example `train`. */
  readonly stage: string;
  /** Exactly the parameters that the stage declares. */
  readonly parameters: { readonly [key: string]: Json };
  /** The cell's own seed, an unsigned 64-bit integer in decimal. */
  readonly seed: string;
  /** Modules that this cell runs besides its stage's own, by kind and name; see `rules.ts`. */
  readonly rules?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Files by input name and output name: `inputs["fetch:cifar10"]["train.bin"]` is a path. */
  readonly inputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Folder for resumable state; survives a crash of the process. */
  readonly work: string;
  /** Folder whose files become the cell's outputs. */
  readonly output: string;
  /** What executes numerics; provenance, not part of the key. */
  readonly engine: {
    readonly kind: string;
    readonly plugin?: string;
    readonly memory?: number;
    readonly deterministic?: boolean;
    readonly executables?: string;
    readonly versions?: Readonly<Record<string, string>>;
  };
  /** Asks for the beginning of the work alone, as the stage's own `trial.ts` planned it. */
  readonly trial?: { readonly [key: string]: Json };
}

/** What a stage process may say. */
export type Message =
  | {
    readonly kind: "progress";
    /** Share done, in units of the process's choice. */
    readonly done: number;
    readonly total: number;
    /** What runs now, for example `epoch 3 of 12: loss 1.71, clean 41.2 %`. */
    readonly label?: string;
  }
  | { readonly kind: "log"; readonly text: string }
  /** It has read all of its code, and will read no more. */
  | { readonly kind: "loaded" }
  | {
    /** Last message of a process that succeeded. */
    readonly kind: "result";
    /** Headline numbers by name, kept in the manifest. */
    readonly metrics: Readonly<Record<string, number>>;
    /** Engine, platform, versions and device, kept in the manifest. */
    readonly provenance: { readonly [key: string]: Json };
  }
  | {
    /** Why the cell failed, for a person; the exit code is 1. */
    readonly kind: "failure";
    readonly text: string;
  };

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

function say(message: Message): void {
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
