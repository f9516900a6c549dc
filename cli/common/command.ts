/** How commands end. @module */
import { isExplained } from "../../lib/std/explained.ts";
import { tellsOfNoRoom } from "../../pipeline/store/error.ts";
import { systemError } from "../../pipeline/store/system_error.ts";
import { CLOSED, OutputClosed, writeOutput } from "./output.ts";
import { type Help, helpText } from "./help.ts";
import { jsonLine } from "./printer.ts";
import { versionText } from "./version.ts";

/** Errors of the command line or of what it names: the exit code is 2. */
const USAGE = ["UsageError", "ProfileError", "ExecutorsError", "StagePathError"];

/** What a command is, for its documentation, its completion and its tests. */
export interface Command {
  readonly help: Help;
  /**
   * Reads its command line.
   *
   * @throws {UsageError} If it cannot be understood
   */
  readonly read: (args: readonly string[]) => unknown;
}

/** Which words before all others a command answers itself. */
export interface Answers {
  readonly help?: Help;
  /** Whether what is printed is for machines, an error too. */
  readonly json?: boolean;
  /** Whether `--version` is not an option of its own. */
  readonly version?: boolean;
}

/**
 * Runs a command and exits: 0 if all went well, 1 if a cell failed, 2 if the command line or the
 * profile cannot be used, 130 if interrupted, 141 without a word if nobody reads the output.
 */
export async function commandMain(
  command: () => Promise<number>,
  { help, json = Deno.args.includes("--json"), version = true }: Answers = {},
): Promise<never> {
  try {
    const asks = (...words: string[]) => Deno.args.some((arg) => words.includes(arg));
    const answer = help && asks("--help", "-h")
      ? helpText(help)
      : help && version && asks("--version")
      ? versionText()
      : undefined;
    if (answer === undefined) Deno.exit(await command());
    writeOutput(`${answer}\n`);
    Deno.exit(0);
  } catch (error) {
    Deno.exit(error instanceof OutputClosed ? CLOSED : tellError(error, json));
  }
}

/** Says in one line what went wrong, unless it is a fault of the program; returns the exit code. */
export function tellError(error: unknown, json: boolean): number {
  const text = errorText(error), usage = error instanceof Error && USAGE.includes(error.name);
  try {
    if (json && text !== undefined) writeOutput(jsonLine({ kind: "error", text }));
    else console.error(text ?? error);
  } catch {
    // Standard output is what cannot be written.
    console.error(text);
  }
  return usage ? 2 : 1;
}

/** The text of an error that is not a fault of the program. */
function errorText(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (USAGE.includes(error.name)) return error.message;
  const shown = systemError(error);
  if (!isExplained(shown)) return undefined;
  const { message } = shown;
  if (!tellsOfNoRoom(message) || message.includes("disk is full")) return message;
  // What else a program said of it, such as its stack, helps nobody.
  return `${message.split("\n")[0]}; the disk is full: free some space ("deno task gc" shows ` +
    "what may go) and run again";
}
