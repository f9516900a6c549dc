/** Writing to standard output, which may end before the command does. @module */
import { messageOf } from "../../lib/std/message_of.ts";

/** Exit code of a command whose reader went away: as of one that SIGPIPE ends. */
export const CLOSED = 141;

/** Nobody reads the output any more, as after `| head -1`. */
export class OutputClosed extends Error {
  override name = "OutputClosed";
}

/**
 * Writes all of a text to standard output.
 *
 * @throws {OutputClosed} If nobody reads it any more
 * @throws {Error} If it cannot be written
 */
export function writeOutput(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch (error) {
    const message = messageOf(error);
    if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed(message, { cause: error });
    throw new Error(
      `Cannot write to standard output: ${message}; what is finished is kept, and the same ` +
        "command goes on",
      { cause: error },
    );
  }
}
