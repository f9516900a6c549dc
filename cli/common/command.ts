/** How commands end. @module */
import { isExplained } from "../../lib/std/explained.ts";
import { tellsOfNoRoom } from "../../pipeline/store/error.ts";
import { systemError } from "../../pipeline/store/system_error.ts";
import { CLOSED, OutputClosed, writeOutput } from "./output.ts";
import { jsonLine } from "./printer.ts";

/** Errors of the command line or of what it names: the exit code is 2. */
const USAGE = ["UsageError", "ProfileError", "StagePathError"];

/**
 * Runs a command and exits: 0 if all went well, 1 if a cell failed, 2 if the command line or the
 * profile cannot be used, 130 if interrupted, 141 without a word if nobody reads the output.
 *
 * @param json Whether what is printed is for machines, an error too
 */
export async function commandMain(
  command: () => Promise<number>,
  json = Deno.args.includes("--json"),
): Promise<never> {
  try {
    Deno.exit(await command());
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
